import { createHash } from 'node:crypto';
import type { ResourceInfo } from '@steersman/api';
import { type Exchange, type Outcome, sendJson } from '../pipeline/exchange.ts';
import { parseClause } from '../rest/negotiate.ts';
import {
  aggregatedDiscovery,
  apiGroup,
  apiGroupList,
  apiResourceList,
  apiVersions,
  discoveryGroups,
  groupVersionText,
} from './documents.ts';

export interface Document {
  readonly body: Uint8Array;
  readonly contentType: string;
  readonly etag: string;
}

/** Answers discovery paths; undefined for every other path. */
export function discoveryResponder(
  resources: readonly ResourceInfo[],
  serverAddress: () => string,
): (exchange: Exchange) => Outcome | undefined {
  const groups = discoveryGroups(resources);
  const core = groups.filter(({ group }) => group === '');
  const named = groups.filter(({ group }) => group !== '');
  const plain = new Map<string, Document>([['/apis', jsonDocument(apiGroupList(groups))]]);
  for (const group of groups) {
    if (group.group !== '')
      plain.set(`/apis/${group.group}`, jsonDocument({ kind: 'APIGroup', apiVersion: 'v1', ...apiGroup(group) }));
    for (const version of group.versions) {
      const groupVersion = { group: group.group, version };
      const path = group.group === '' ? `/api/${version}` : `/apis/${groupVersionText(groupVersion)}`;
      plain.set(path, jsonDocument(apiResourceList(groupVersion, resources)));
    }
  }
  const aggregated = new Map<string, Document>();
  for (const version of ['v2', 'v2beta1']) {
    const contentType = `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;
    aggregated.set(`/api ${version}`, jsonDocument(aggregatedDiscovery(core, resources, version), contentType));
    aggregated.set(`/apis ${version}`, jsonDocument(aggregatedDiscovery(named, resources, version), contentType));
  }
  return (exchange) => {
    const { method } = exchange.request;
    if (method !== 'GET' && method !== 'HEAD') return undefined;
    const path = exchange.request.path.length > 1 ? exchange.request.path.replace(/\/$/, '') : exchange.request.path;
    const version =
      path === '/api' || path === '/apis' ? aggregatedVersion(exchange.request.headers['accept']) : undefined;
    const document =
      version === undefined
        ? path === '/api'
          ? jsonDocument(apiVersions(serverAddress()))
          : plain.get(path)
        : aggregated.get(`${path} ${version}`);
    return document === undefined ? undefined : sendDocument(exchange, document);
  };
}

/** The version of aggregated discovery that the client prefers to the old form, if any. */
function aggregatedVersion(accept: string | undefined): string | undefined {
  if (accept === undefined || !accept.includes('APIGroupDiscoveryList')) return undefined;
  for (const { type, parameters } of accept.split(',').map(parseClause)) {
    if (type !== 'application/json') continue;
    if (parameters.get('as') === undefined) return undefined;
    const version = parameters.get('v') ?? '';
    if (parameters.get('as') === 'APIGroupDiscoveryList' && (version === 'v2' || version === 'v2beta1')) return version;
  }
  return undefined;
}

export function jsonDocument(value: unknown, contentType = 'application/json'): Document {
  return documentOf(Buffer.from(`${JSON.stringify(value)}\n`), contentType);
}
export function documentOf(body: Uint8Array, contentType: string): Document {
  return { body, contentType, etag: `"${createHash('sha512').update(body).digest('hex').toUpperCase()}"` };
}

/** Sends a document, or 304 when the client has it already. */
export function sendDocument(exchange: Exchange, { body, contentType, etag }: Document): Outcome {
  const headers = { 'content-type': contentType, etag, vary: 'Accept', 'cache-control': 'public' };
  if (exchange.request.headers['if-none-match'] === etag) exchange.response.send(304, headers);
  else sendJson(exchange, 200, body, headers);
  return 'answered';
}
