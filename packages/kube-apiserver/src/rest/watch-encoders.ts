import {
  encodeCbor,
  encodeEnvelope,
  encodeWatchEvent,
  type KubeObject,
  normalize,
  parseJson,
  type Schema,
  schemaFor,
} from '@steersman/api';
import type { Clock } from '@steersman/machinery';
import type { CacheEntry } from '../cache/entry.ts';
import type { EventEncoder, WatchEventType } from '../cache/watch-fanout.ts';
import { storedOf } from '../registry/engine.ts';
import type { ServedResource } from '../registry/served-resource.ts';
import { columnDefinitionsOf, partialOf, type TableOptions, tableOf } from '../tables/table.ts';
import { metadataBytes } from './metadata-bytes.ts';
import type { Negotiated } from './negotiate.ts';
import { plainBytes } from './render.ts';

const INITIAL_EVENTS_END = { 'k8s.io/initial-events-end': 'true' };
const HEADS: Readonly<Record<WatchEventType, Buffer>> = {
  ADDED: Buffer.from('{"type":"ADDED","object":'),
  MODIFIED: Buffer.from('{"type":"MODIFIED","object":'),
  DELETED: Buffer.from('{"type":"DELETED","object":'),
};
const TAIL = Buffer.from('}\n');

/** The encoder that a watch's Accept header asks for. */
export function eventEncoderFor(
  resource: ServedResource,
  wanted: Negotiated,
  includeObject: TableOptions['includeObject'],
  clock: Clock,
): EventEncoder {
  if (plainBytes(resource, wanted)) return bytesEncoder(resource);
  if (wanted.view !== 'object' && wanted.view !== 'Table' && resource.conversion === undefined && !wanted.pretty) {
    if (wanted.format === 'json') return partialBytesEncoder(resource, wanted);
    if (wanted.format === 'protobuf') return partialMessageEncoder(resource, wanted);
  }
  if (wanted.view === 'Table') return tableEncoder(resource, wanted, includeObject, clock);
  return objectEncoder(resource, wanted);
}

function partialBookmark(apiVersion: string, revision: number, initialEventsEnd: boolean): KubeObject {
  const metadata = {
    resourceVersion: String(revision),
    ...(initialEventsEnd ? { annotations: INITIAL_EVENTS_END } : {}),
  };
  return { kind: PARTIAL, apiVersion, metadata };
}

/** An object of the kind with nothing in it. */
function blankObject(resource: ServedResource, revision: number, initialEventsEnd: boolean): KubeObject {
  const { metadata } = partialBookmark('', revision, initialEventsEnd);
  return normalize({ kind: resource.info.kind, apiVersion: resource.apiVersion, metadata }, resource.schema);
}

/** The same with what upstream always writes, such as `"containers":null`. */
function bookmarkObject(resource: ServedResource, revision: number, initialEventsEnd: boolean): KubeObject {
  const blank = blankObject(resource, revision, initialEventsEnd);
  return { ...(withNulls(blank, resource.schema) as KubeObject), metadata: blank.metadata };
}

/** An object without content, its lists and maps as Go writes those that nobody made. */
function withNulls(value: unknown, schema: Schema): unknown {
  if (schema.kind === 'list' || schema.kind === 'map') return null;
  if (schema.kind !== 'struct') return value;
  const members = Object.entries(value as object).map(([name, member]): [string, unknown] => {
    const field = schema.byName.get(name);
    return [name, field === undefined ? member : withNulls(member, field.schema)];
  });
  return Object.fromEntries(members);
}

/** One event as it stands on the wire. */
export type Frame = (type: string, object: object) => Uint8Array;

/** The framing of a watch in the format that was asked for. */
export function frameFor({ format }: Negotiated): Frame {
  if (format === 'protobuf') return protobufFrame;
  return format === 'cbor' ? cborFrame : jsonFrame;
}

/** A CBOR sequence (RFC 8742) is its items one after the other. */
function cborFrame(type: string, object: object): Uint8Array {
  return encodeCbor({ type, object });
}

function jsonFrame(type: string, object: object): Uint8Array {
  return Buffer.from(`{"type":${JSON.stringify(type)},"object":${JSON.stringify(object)}}\n`);
}

/** The entry's own bytes between a head and a tail. */
function bytesEncoder(resource: ServedResource): EventEncoder {
  return {
    key: `bytes ${resource.apiVersion}`,
    event(type, entry, revision) {
      const head = HEADS[type];
      if (entry.revision !== revision) return Buffer.concat([head, bytesAt(entry, revision, resource), TAIL]);
      const frame = Buffer.allocUnsafe(head.length + entry.length + TAIL.length);
      head.copy(frame, 0);
      entry.copyTo(frame, head.length);
      TAIL.copy(frame, head.length + entry.length);
      return frame;
    },
    bookmark: (revision, end) => jsonFrame('BOOKMARK', bookmarkObject(resource, revision, end)),
  };
}

/** The entry's bytes with another resourceVersion, which stands right after the head. */
function bytesAt(entry: CacheEntry, revision: number, { head }: ServedResource): Buffer {
  const rest = entry.bytes.subarray(head.metadata.length + `"resourceVersion":"${entry.revision}"`.length);
  return Buffer.concat([head.metadata, Buffer.from(`"resourceVersion":"${revision}"`), rest]);
}

const PARTIAL = 'PartialObjectMetadata';

/** The entry's own metadata between a head and a tail: nothing is parsed. */
function partialBytesEncoder(resource: ServedResource, { viewVersion }: Negotiated): EventEncoder {
  const apiVersion = `meta.k8s.io/${viewVersion}`;
  const start = Buffer.from(`{"kind":"${PARTIAL}","apiVersion":"${apiVersion}","metadata":`);
  const end = Buffer.from('}}\n');
  return {
    key: `json ${PARTIAL} ${apiVersion}`,
    event: (type, entry, revision) =>
      Buffer.concat([HEADS[type], start, metadataBytes(entry, revision, resource), end]),
    bookmark: (revision, initialEnd) => jsonFrame('BOOKMARK', partialBookmark(apiVersion, revision, initialEnd)),
  };
}

/** Only the metadata is parsed. */
function partialMessageEncoder(resource: ServedResource, { viewVersion }: Negotiated): EventEncoder {
  const apiVersion = `meta.k8s.io/${viewVersion}`;
  return {
    key: `protobuf ${PARTIAL} ${apiVersion}`,
    event(type, entry, revision) {
      const metadata: unknown = parseJson(metadataBytes(entry, revision, resource).toString('utf8'));
      return protobufFrame(type, { kind: PARTIAL, apiVersion, metadata });
    },
    bookmark: (revision, end) => protobufFrame('BOOKMARK', partialBookmark(apiVersion, revision, end)),
  };
}

function tableEncoder(
  resource: ServedResource,
  wanted: Negotiated,
  include: TableOptions['includeObject'],
  clock: Clock,
): EventEncoder {
  const apiVersion = `meta.k8s.io/${wanted.viewVersion}`;
  const withoutColumns = wanted.format === 'json';
  const rendered = (object: KubeObject, shown = include) =>
    tableOf(resource, [object], { includeObject: shown, apiVersion, now: clock.now(), withoutColumns });
  const frame = frameFor(wanted);
  return {
    key: `${wanted.format} table ${apiVersion} ${include} ${resource.apiVersion}`,
    event: (type, entry, revision) => frame(type, rendered(servedObjectOf(resource, entry, revision))),
    // The mark of the end must be found, even by who wants no objects.
    bookmark: (revision, end) =>
      frame(
        'BOOKMARK',
        rendered(blankObject(resource, revision, end), end && include === 'None' ? 'Metadata' : include),
      ),
  };
}

const NO_COLUMNS = Buffer.from('"columnDefinitions":null');

/**
 * Frames of a watch of tables are shared and without columns; the first of a watch gets them here. Whatever a client wrote
 * stands behind the place.
 */
export function withColumns(frames: Uint8Array, resource: ServedResource): Uint8Array {
  const bytes = Buffer.from(frames.buffer, frames.byteOffset, frames.length);
  const at = bytes.indexOf(NO_COLUMNS);
  if (at === -1) return frames;
  const columns = Buffer.from(`"columnDefinitions":${JSON.stringify(columnDefinitionsOf(resource))}`);
  return Buffer.concat([bytes.subarray(0, at), columns, bytes.subarray(at + NO_COLUMNS.length)]);
}

function objectEncoder(resource: ServedResource, wanted: Negotiated): EventEncoder {
  const partial = wanted.view !== 'object';
  const shown = (entry: CacheEntry, revision: number): KubeObject => {
    const object = servedObjectOf(resource, entry, revision);
    return partial ? partialOf(object, wanted.viewVersion) : object;
  };
  const kind = partial ? 'PartialObjectMetadata' : resource.info.kind;
  const apiVersion = partial ? `meta.k8s.io/${wanted.viewVersion}` : resource.apiVersion;
  const frame = frameFor(wanted);
  return {
    key: `${wanted.format} ${kind} ${apiVersion}`,
    event: (type, entry, revision) => frame(type, shown(entry, revision)),
    bookmark: (revision, end) =>
      frame('BOOKMARK', partial ? partialBookmark(apiVersion, revision, end) : bookmarkObject(resource, revision, end)),
  };
}

function servedObjectOf(resource: ServedResource, entry: CacheEntry, revision: number): KubeObject {
  const stored = storedOf(resource).cache.peek(entry);
  const object = resource.conversion === undefined ? stored : resource.conversion.fromStored(stored);
  const resourceVersion = String(revision);
  return object.metadata.resourceVersion === resourceVersion
    ? object
    : { ...object, metadata: { ...object.metadata, resourceVersion } };
}

/** Protobuf watch frames carry their length first: four bytes, most significant first. */
export function protobufFrame(type: string, object: object): Uint8Array {
  const { kind = '', apiVersion = 'v1' } = object as { kind?: string; apiVersion?: string };
  const slash = apiVersion.indexOf('/');
  const schema = schemaFor({
    group: slash === -1 ? '' : apiVersion.slice(0, slash),
    version: apiVersion.slice(slash + 1),
    kind,
  });
  const event = encodeWatchEvent(
    type,
    schema === undefined ? Buffer.from(JSON.stringify(object)) : encodeEnvelope(object, schema),
  );
  const frame = Buffer.allocUnsafe(4 + event.length);
  frame.writeUInt32BE(event.length, 0);
  frame.set(event, 4);
  return frame;
}
