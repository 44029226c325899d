import type { KubeObject } from '@steersman/api';
import type { CacheEntry } from '../cache/entry.ts';
import { type Exchange, NO_CACHE, type Outcome, sendJson, sendWarnings } from '../pipeline/exchange.ts';
import type { ServedResource } from '../registry/served-resource.ts';
import { partialOf, tableOf } from '../tables/table.ts';
import { chunkBuffers } from './chunk-buffers.ts';
import type { Page } from './list.ts';
import { type Negotiated, wantedBy } from './negotiate.ts';
import { plainBytes, sendValue, servedObject, tableOptions } from './render.ts';
import type { ResourceRequest, RestContext } from './rest-context.ts';

const ONE_SEND_BYTES_MAX = 32 * 1024; // Larger lists go out in chunks, waiting for the client to read.
/** Objects parsed in one stretch: about 5 ms of pods. */
const OBJECTS_PER_TURN_MAX = 500;
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
  if (page.entries.length > OBJECTS_PER_TURN_MAX) return sendObjects(rest, exchange, resource, page, wanted);
  const objects = page.entries.map((entry) => servedObject(resource, entry));
  sendValue(exchange, 200, viewOf(exchange, resource, objects, page, wanted), wanted);
  return 'answered';
}

/** Parses a long list a part at a time. */
async function sendObjects(
  rest: RestContext,
  exchange: Exchange,
  resource: ServedResource,
  page: Page,
  wanted: Negotiated,
): Promise<Outcome> {
  const objects: KubeObject[] = [];
  for (const [index, entry] of page.entries.entries()) {
    objects.push(servedObject(resource, entry));
    if (index % OBJECTS_PER_TURN_MAX === OBJECTS_PER_TURN_MAX - 1) await rest.turn();
  }
  sendValue(exchange, 200, viewOf(exchange, resource, objects, page, wanted), wanted);
  return 'answered';
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

function viewOf(
  exchange: Exchange,
  resource: ServedResource,
  objects: readonly KubeObject[],
  page: Page,
  wanted: Negotiated,
): { kind: string; apiVersion: string } {
  const metadata = listMetadata(page);
  if (wanted.view === 'Table') {
    const options = tableOptions(exchange, new URLSearchParams(exchange.request.query), wanted);
    return tableOf(resource, objects, { ...options, metadata }) as { kind: string; apiVersion: string };
  }
  if (wanted.view !== 'object') {
    const apiVersion = `meta.k8s.io/${wanted.viewVersion}`;
    const items = objects.map((object) => partialOf(object, wanted.viewVersion));
    return { kind: 'PartialObjectMetadataList', apiVersion, metadata, items } as { kind: string; apiVersion: string };
  }
  const items = objects.map(({ kind: _kind, apiVersion: _apiVersion, ...rest }) => rest);
  return { kind: listKind(resource), apiVersion: resource.apiVersion, metadata, items } as {
    kind: string;
    apiVersion: string;
  };
}

/** Items of a list carry no kind and apiVersion: the fixed head of each entry is skipped. */
function sendBytes(exchange: Exchange, resource: ServedResource, page: Page): Outcome | Promise<Outcome> {
  const start = Buffer.from(
    `{"kind":${JSON.stringify(listKind(resource))},"apiVersion":${JSON.stringify(resource.apiVersion)},"metadata":${JSON.stringify(listMetadata(page))},"items":[`,
  );
  const skip = resource.head.type.length - 1;
  let length = start.length + 2 + Math.max(0, page.entries.length - 1);
  for (const entry of page.entries) length += entry.length - skip;
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
  sendWarnings(exchange);
  const stream = exchange.response.stream(200, {
    'content-type': 'application/json',
    ...NO_CACHE,
    'content-length': length,
  });
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
      if (!write()) await stream.drained();
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
