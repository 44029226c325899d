import { errors, type ResourceInfo } from '@steersman/api';
import { type Exchange, NO_CACHE, type Outcome, sendJson } from '../pipeline/exchange.ts';
import { encodeValue, type TypedValue } from '../rest/encode-value.ts';
import { MEDIA_TYPES, parseClause, wantedBy } from '../rest/negotiate.ts';
import { type Document, jsonDocument, sendDocument } from './document.ts';
import {
  aggregatedDiscovery,
  apiGroup,
  apiGroupList,
  apiResourceList,
  apiVersions,
  discoveryGroups,
  groupVersionText,
} from './documents.ts';

/** Aggregated discovery; v1.36 no longer serves its beta version. */
const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

/** Answers discovery paths; undefined for every other path. */
export function discoveryResponder(
  resources: readonly ResourceInfo[],
  serverAddress: () => string,
): (exchange: Exchange) => Outcome | undefined {
  const groups = discoveryGroups(resources);
  const aggregated = new Map<string, Document>([
    [
      '/api',
      jsonDocument(
        aggregatedDiscovery(
          groups.filter(({ group }) => group === ''),
          resources,
          'v2',
        ),
        AGGREGATED,
      ),
    ],
    [
      '/apis',
      jsonDocument(
        aggregatedDiscovery(
          groups.filter(({ group }) => group !== ''),
          resources,
          'v2',
        ),
        AGGREGATED,
      ),
    ],
  ]);
  const plain = plainDocuments(resources);
  return (exchange) => {
    const { method, headers } = exchange.request;
    const path = exchange.request.path.replace(/(?<=.)\/$/, '');
    const whole = aggregated.get(path);
    if (whole === undefined && !plain.has(path)) return undefined;
    if (method !== 'GET' && method !== 'HEAD') throw errors.methodNotAllowed();
    if (whole !== undefined && wantsAggregated(headers['accept'])) return sendDocument(exchange, whole);
    if (path === '/api') return new NegotiatedDocument(apiVersions(serverAddress())).send(exchange);
    return plain.get(path)?.send(exchange);
  };
}

/** The paths that discovery answers, for the list at the root. */
export function discoveryPaths(resources: readonly ResourceInfo[]): readonly string[] {
  return ['/api', ...plainDocuments(resources).keys()];
}

function plainDocuments(resources: readonly ResourceInfo[]): ReadonlyMap<string, NegotiatedDocument> {
  const groups = discoveryGroups(resources);
  const plain = new Map<string, NegotiatedDocument>([['/apis', new NegotiatedDocument(apiGroupList(groups))]]);
  for (const group of groups) {
    if (group.group !== '')
      plain.set(
        `/apis/${group.group}`,
        new NegotiatedDocument({ kind: 'APIGroup', apiVersion: 'v1', ...apiGroup(group) }),
      );
    for (const version of group.versions) {
      const groupVersion = { group: group.group, version };
      const path = group.group === '' ? `/api/${version}` : `/apis/${groupVersionText(groupVersion)}`;
      plain.set(path, new NegotiatedDocument(apiResourceList(groupVersion, resources)));
    }
  }
  return plain;
}

/** A value in whatever encoding clients ask for; each encoding is made once. */
class NegotiatedDocument {
  readonly #value: TypedValue;
  readonly #encoded = new Map<string, Uint8Array>();

  constructor(value: TypedValue) {
    this.#value = value;
  }

  send(exchange: Exchange): Outcome {
    const wanted = wantedBy(exchange.request, 'none');
    const key = `${wanted.format} ${wanted.pretty}`;
    let body = this.#encoded.get(key);
    if (body === undefined) {
      body = encodeValue(this.#value, wanted);
      this.#encoded.set(key, body);
    }
    sendJson(exchange, 200, body, { 'content-type': MEDIA_TYPES[wanted.format], ...NO_CACHE });
    return 'answered';
  }
}

/** Whether the client prefers the aggregated form to the old one. */
function wantsAggregated(accept: string | undefined): boolean {
  if (accept === undefined || !accept.includes('APIGroupDiscoveryList')) return false;
  for (const { type, parameters } of accept.split(',').map(parseClause)) {
    if (type !== 'application/json' && type !== '*/*' && type !== 'application/*') continue;
    const as = parameters.get('as');
    if (as === undefined) return false;
    const group = parameters.get('g');
    if (as === 'APIGroupDiscoveryList' && group === 'apidiscovery.k8s.io' && parameters.get('v') === 'v2') return true;
  }
  return false;
}
