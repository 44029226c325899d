import { errors, type ResourceInfo } from '@steersman/api';
import type { Metrics } from '@steersman/machinery';
import type { PeerGroups } from '../peers/peer-directory.ts';
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
  type DiscoveredGroup,
  discoveredGroups,
  discoveryGroups,
  groupVersionText,
} from './documents.ts';
import { mergeGroups } from './merge-groups.ts';

/** Aggregated discovery; v1.36 no longer serves its beta version. */
const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

export interface DiscoveryOptions {
  readonly resources: readonly ResourceInfo[];
  readonly serverAddress: () => string;
  readonly metrics: Metrics;
  /** What the other servers on the store serve; absent where this one does not know them. */
  readonly peers?: PeerGroups | undefined;
}

/** Answers discovery paths; undefined for every other path. */
export function discoveryResponder(options: DiscoveryOptions): (exchange: Exchange) => Outcome | undefined {
  const { resources, serverAddress, metrics, peers } = options;
  const all = discoveryGroups(resources);
  const own = (core: boolean) =>
    discoveredGroups(
      all.filter(({ group }) => (group === '') === core),
      resources,
    );
  const local = new Map<string, Document>([
    ['/api', aggregatedDocument(own(true))],
    ['/apis', aggregatedDocument(own(false))],
  ]);
  const ofAll = peers === undefined ? undefined : allServers(own(false), peers, metrics);
  const nopeer = metrics.counter(
    'aggregator_discovery_nopeer_requests_total',
    'Requests for what this server serves itself.',
  );
  const plain = plainDocuments(resources);
  return (exchange) => {
    const { method, headers } = exchange.request;
    const path = exchange.request.path.replace(/(?<=.)\/$/, '');
    const ownDocument = local.get(path);
    if (ownDocument === undefined && !plain.has(path)) return undefined;
    if (method !== 'GET' && method !== 'HEAD') throw errors.methodNotAllowed();
    const form = ownDocument === undefined ? 'plain' : preferredForm(headers['accept']);
    if (form === 'nopeer') nopeer.add(1);
    if (ownDocument !== undefined && form !== 'plain')
      return sendDocument(exchange, (form === 'all' && path === '/apis' ? ofAll?.() : undefined) ?? ownDocument);
    if (path === '/api') return new NegotiatedDocument(apiVersions(serverAddress())).send(exchange);
    return plain.get(path)?.send(exchange);
  };
}

function aggregatedDocument(groups: readonly DiscoveredGroup[]): Document {
  return jsonDocument(aggregatedDiscovery(groups), AGGREGATED);
}

/** What this server and its peers serve, made anew when that has changed. */
function allServers(own: readonly DiscoveredGroup[], peers: PeerGroups, metrics: Metrics): () => Document {
  const hits = metrics.counter(
    'aggregator_discovery_peer_aggregated_cache_hits_total',
    'Discovery of all servers that was answered with what was ready.',
  );
  const misses = metrics.counter(
    'aggregator_discovery_peer_aggregated_cache_misses_total',
    'Discovery of all servers that had to be put together.',
  );
  let known: { readonly of: ReadonlyMap<string, readonly DiscoveredGroup[]>; readonly document: Document } | undefined;
  return () => {
    const others = peers.groups();
    (known?.of === others ? hits : misses).add(1);
    if (known?.of !== others)
      known = { of: others, document: aggregatedDocument(mergeGroups(new Map([...others, [peers.serverId, own]]))) };
    return known.document;
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

/** What the client prefers: the old form, or the aggregated one of all servers or of this one alone. */
function preferredForm(accept: string | undefined): 'plain' | 'all' | 'nopeer' {
  if (accept === undefined || !accept.includes('APIGroupDiscoveryList')) return 'plain';
  for (const { type, parameters } of accept.split(',').map(parseClause)) {
    if (type !== 'application/json' && type !== '*/*' && type !== 'application/*') continue;
    const as = parameters.get('as');
    if (as === undefined) return 'plain';
    const group = parameters.get('g');
    if (as === 'APIGroupDiscoveryList' && group === 'apidiscovery.k8s.io' && parameters.get('v') === 'v2')
      return parameters.get('profile') === 'nopeer' ? 'nopeer' : 'all';
  }
  return 'plain';
}
