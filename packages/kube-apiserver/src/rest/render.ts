/**
 * Objects in the form the client asked for: their own bytes where possible, else another version, encoding or view.
 */
import { ApiError, errors, type KubeObject } from '@steersman/api';
import type { CacheEntry } from '../cache/entry.ts';
import { type Exchange, sendJson } from '../pipeline/exchange.ts';
import { storedOf } from '../registry/engine.ts';
import type { ServedResource } from '../registry/served-resource.ts';
import { partialOf, tableOf } from '../tables/table.ts';
import { COMPRESSED_BYTES_MIN, sendBody } from './compress.ts';
import { encodeValue, type TypedValue } from './encode-value.ts';
import { internalPackage } from './foreign-body.ts';
import { MEDIA_TYPES, type Negotiated, wantedBy } from './negotiate.ts';

/** The bytes of one entry when they can be sent as they are. */
export function plainBytes(resource: ServedResource, wanted: Negotiated): boolean {
  return wanted.format === 'json' && wanted.view === 'object' && resource.conversion === undefined && !wanted.pretty;
}

export function sendEntry(
  exchange: Exchange,
  status: number,
  resource: ServedResource,
  entry: CacheEntry,
  object?: KubeObject,
): void {
  const wanted = wantedBy(exchange.request);
  if (plainBytes(resource, wanted)) {
    exchange.work.copiedBytes += entry.length;
    return sendEncoded(exchange, status, Buffer.from(entry.bytes), wanted);
  }
  const shown = object ?? servedObject(resource, entry);
  sendObject(exchange, status, resource, {
    ...shown,
    metadata: { ...shown.metadata, resourceVersion: String(entry.revision) },
  } as KubeObject);
}

/** The stored object in the served version, with its resourceVersion. */
export function servedObject(resource: ServedResource, entry: CacheEntry): KubeObject {
  const object = storedOf(resource).cache.objectOf(entry);
  return resource.conversion === undefined ? object : resource.conversion.fromStored(object);
}

export function sendObject(exchange: Exchange, status: number, resource: ServedResource, object: KubeObject): void {
  const wanted = wantedBy(exchange.request);
  if (wanted.view === 'PartialObjectMetadataList' && exchange.info.verb === 'get')
    throw notThatView(wanted.view, 'is not a list', resource, resource.info.kind);
  const parameters = new URLSearchParams(exchange.request.query);
  const view =
    wanted.view === 'Table'
      ? tableOf(resource, [object], tableOptions(exchange, parameters, wanted))
      : wanted.view === 'object'
        ? object
        : partialOf(object, wanted.viewVersion);
  sendValue(exchange, status, view as KubeObject, wanted);
}

/** Who asks for a list's view of one object, or the other way round, gets nothing. */
export function notThatView(view: string, what: string, { info }: ServedResource, kind: string): ApiError {
  return new ApiError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    code: 406,
    reason: 'NotAcceptable',
    message: `you requested ${view}, but the requested object ${what} (*${internalPackage(info.group)}.${kind})`,
  });
}

export function tableOptions(exchange: Exchange, parameters: URLSearchParams, wanted: Negotiated) {
  const includeObject = parameters.get('includeObject') ?? 'Metadata';
  if (includeObject !== 'Metadata' && includeObject !== 'None' && includeObject !== 'Object' && includeObject !== '')
    throw errors.badRequest(
      `Unable to convert to Table as requested: includeObject: Invalid value: ${JSON.stringify(includeObject)}: must be 'Metadata', 'Object', 'None', or empty`,
    );
  return {
    includeObject: includeObject === '' ? 'Metadata' : includeObject,
    apiVersion: `meta.k8s.io/${wanted.viewVersion}`,
    now: exchange.clock.now(),
  } as const;
}

/** Encodes any object with kind and apiVersion and sends it. */
export function sendValue(exchange: Exchange, status: number, value: TypedValue, wanted: Negotiated): void {
  exchange.work.encodes += 1;
  sendEncoded(exchange, status, encodeValue(value, wanted), wanted);
}

/** The usual small JSON in the shortest way. */
function sendEncoded(exchange: Exchange, status: number, body: Uint8Array, { format }: Negotiated): void {
  if (format === 'json' && body.length <= COMPRESSED_BYTES_MIN) return sendJson(exchange, status, body);
  sendBody(exchange, MEDIA_TYPES[format], body, status);
}
