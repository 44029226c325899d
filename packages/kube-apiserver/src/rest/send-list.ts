import type { KubeObject } from '@steersman/api';
import { UNREAD_RESPONSE_MS_MAX } from '@steersman/server';
import type { CacheEntry } from '../cache/entry.ts';
import { type Exchange, type Outcome, sendJson } from '../pipeline/exchange.ts';
import { storedOf } from '../registry/engine.ts';
import type { ServedResource } from '../registry/served-resource.ts';
import { partialOf, tableOf } from '../tables/table.ts';
import { chunkBuffers } from './chunk-buffers.ts';
import { openBody, sendBody } from './compress.ts';
import { encodeValue, type TypedValue } from './encode-value.ts';
import type { Page } from './list.ts';
import { type ListHead, listFormFor } from './list-forms.ts';
import { MEDIA_TYPES, type Negotiated, wantedBy } from './negotiate.ts';
import { notThatView, plainBytes, servedObject, tableOptions } from './render.ts';
import type { ResourceRequest, RestContext } from './rest-context.ts';
import { sendPieces } from './send-pieces.ts';

const ONE_SEND_BYTES_MAX = 32 * 1024; // Larger lists go out in chunks, waiting for the client to read.
/** A list of more objects, or of more bytes of them as JSON, is written in parts: this much takes 5 ms even as YAML. */
const OBJECTS_AT_ONCE_MAX = 100;
const BYTES_AT_ONCE_MAX = 64 * 1024;
const LIST_END = Buffer.from(']}');
const COMMA = 0x2c;
const OPENING_BRACE = 0x7b;

/** Sends a list: a copy of byte ranges for plain JSON, else object by object. */
export function sendList(
  rest: RestContext,
  { resource, exchange }: ResourceRequest,
  page: Page,
): Outcome | Promise<Outcome> {
  const wanted = wantedBy(exchange.request);
  if (plainBytes(resource, wanted)) return sendBytes(exchange, resource, page);
  if (wanted.view === 'PartialObjectMetadata' && exchange.info.verb === 'list')
    throw notThatView(wanted.view, 'is a list', resource, listKind(resource));
  const head = headOf(resource, page, wanted);
  if (isLong(page) && exchange.request.method !== 'HEAD') {
    const form = listFormFor(resource, wanted, head, page.entries.length, () => tableOptionsOf(exchange, wanted));
    return sendPieces(rest, exchange, form, page.entries, storedOf(resource).cache.listWork);
  }
  const objects = page.entries.map((entry) => servedObject(resource, entry));
  storedOf(resource).cache.listWork.encodes += objects.length;
  sendWhole(exchange, viewOf(exchange, resource, objects, head, wanted), wanted);
  return 'answered';
}

/** Whether to write it whole would take more than a moment in any encoding. */
function isLong({ entries }: Page): boolean {
  if (entries.length > OBJECTS_AT_ONCE_MAX) return true;
  let bytes = 0;
  for (const entry of entries) bytes += entry.length;
  return entries.length > 0 && bytes > BYTES_AT_ONCE_MAX;
}

function sendWhole(exchange: Exchange, value: TypedValue, wanted: Negotiated): void {
  sendBody(exchange, MEDIA_TYPES[wanted.format], encodeValue(value, wanted));
}

function tableOptionsOf(exchange: Exchange, wanted: Negotiated) {
  return tableOptions(exchange, new URLSearchParams(exchange.request.query), wanted);
}

function listMetadata({ revision, continueToken, remaining }: Page): object {
  return {
    resourceVersion: String(revision),
    ...(continueToken === '' ? {} : { continue: continueToken }),
    ...(remaining === undefined ? {} : { remainingItemCount: remaining }),
  };
}

export function listKind({ info }: ServedResource): string {
  return info.listKind ?? `${info.kind}List`;
}

function headOf(resource: ServedResource, page: Page, { view, viewVersion }: Negotiated): ListHead {
  const metadata = listMetadata(page);
  if (view === 'object') return { kind: listKind(resource), apiVersion: resource.apiVersion, metadata };
  return { kind: 'PartialObjectMetadataList', apiVersion: `meta.k8s.io/${viewVersion}`, metadata };
}

function viewOf(
  exchange: Exchange,
  resource: ServedResource,
  objects: readonly KubeObject[],
  head: ListHead,
  wanted: Negotiated,
): TypedValue {
  if (wanted.view === 'Table')
    return tableOf(resource, objects, { ...tableOptionsOf(exchange, wanted), metadata: head.metadata });
  if (wanted.view !== 'object')
    return { ...head, items: objects.map((object) => partialOf(object, wanted.viewVersion)) } as TypedValue;
  return { ...head, items: objects.map(({ kind: _kind, apiVersion: _apiVersion, ...rest }) => rest) } as TypedValue;
}

/** Items of a list carry no kind and apiVersion: the fixed head of each entry is skipped. */
function sendBytes(exchange: Exchange, resource: ServedResource, page: Page): Outcome | Promise<Outcome> {
  const start = Buffer.from(
    `{"kind":${JSON.stringify(listKind(resource))},"apiVersion":${JSON.stringify(resource.apiVersion)},"metadata":${JSON.stringify(listMetadata(page))},"items":[`,
  );
  const skip = resource.head.type.length - 1;
  let length = start.length + 2 + Math.max(0, page.entries.length - 1);
  for (const entry of page.entries) length += entry.length - skip;
  storedOf(resource).cache.listWork.bytesCopied += length;
  if (length > ONE_SEND_BYTES_MAX && exchange.request.method !== 'HEAD')
    return sendChunks(exchange, page.entries, start, skip, length);
  const body = Buffer.allocUnsafe(length);
  let at = start.copy(body, 0);
  for (const [index, entry] of page.entries.entries()) at = copyItem(entry, index, body, at, skip);
  LIST_END.copy(body, at);
  sendJson(exchange, 200, body);
  return 'answered';
}

/** Returns where the item ends. */
function copyItem(entry: CacheEntry, index: number, target: Buffer, start: number, skip: number): number {
  let at = start;
  if (index > 0) target[at++] = COMMA;
  entry.copyTo(target, at, skip);
  target[at] = OPENING_BRACE;
  return at + entry.length - skip;
}

async function sendChunks(
  exchange: Exchange,
  entries: readonly CacheEntry[],
  start: Buffer,
  skip: number,
  length: number,
): Promise<Outcome> {
  const stream = openBody(exchange, MEDIA_TYPES.json, length);
  let chunk = chunkBuffers.take();
  let at = start.copy(chunk);
  const write = (): boolean => {
    const full = chunk;
    return stream.write(full.subarray(0, at), () => chunkBuffers.give(full));
  };
  for (let index = 0; index < entries.length; index++) {
    const entry = entries[index]!;
    const size = entry.length - skip + 1 + LIST_END.length;
    if (at + size > chunk.length) {
      if (!write()) await stream.drained(UNREAD_RESPONSE_MS_MAX);
      if (stream.closed) return 'answered';
      chunk = chunkBuffers.take(size);
      at = 0;
    }
    at = copyItem(entry, index, chunk, at, skip);
  }
  at += LIST_END.copy(chunk, at);
  write();
  stream.end();
  return 'answered';
}
