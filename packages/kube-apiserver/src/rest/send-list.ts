import type { KubeObject } from '@steersman/api';
import type { CacheEntry } from '../cache/entry.ts';
import { type Exchange, type Outcome, sendJson, sendWarnings } from '../pipeline/exchange.ts';
import type { ServedResource } from '../registry/served-resource.ts';
import { partialOf, tableOf } from '../tables/table.ts';
import type { Page } from './list.ts';
import { type Negotiated, negotiate } from './negotiate.ts';
import { NO_CACHE, plainBytes, sendValue, servedObject, tableOptions } from './render.ts';
import type { ResourceRequest, RestContext } from './rest-context.ts';

const ONE_SEND_BYTES_MAX = 1024 * 1024; // Larger lists go out in chunks, waiting for the client to read.
const CHUNK_BYTES = 256 * 1024;
/** Objects parsed in one stretch: about 5 ms of pods. */
const OBJECTS_PER_TURN_MAX = 500;
const COMMA = 0x2c;
const OPENING_BRACE = 0x7b;

/** Sends a list: a copy of byte ranges for plain JSON, else object by object. */
export function sendList(
  rest: RestContext,
  { resource, exchange }: ResourceRequest,
  page: Page,
): Outcome | Promise<Outcome> {
  const wanted = negotiate(exchange.request.headers['accept']);
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
  if (length > ONE_SEND_BYTES_MAX) return sendChunks(exchange, page.entries, start, skip, length);
  const body = Buffer.allocUnsafe(length);
  let at = start.copy(body, 0);
  at = copyItems(page.entries, 0, page.entries.length, body, at, skip);
  body.write(']}', at, 'latin1');
  sendJson(exchange, 200, body);
  return 'answered';
}

function copyItems(
  entries: readonly CacheEntry[],
  from: number,
  to: number,
  target: Buffer,
  start: number,
  skip: number,
): number {
  let at = start;
  for (let index = from; index < to; index++) {
    const entry = entries[index]!;
    if (index > 0) target[at++] = COMMA;
    entry.copyTo(target, at, skip);
    target[at] = OPENING_BRACE;
    at += entry.length - skip;
  }
  return at;
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
  let more = stream.write(start);
  for (let index = 0; index < entries.length && !stream.closed; ) {
    let end = index;
    let size = 0;
    while (end < entries.length && (size < CHUNK_BYTES || end === index)) {
      size += entries[end]!.length - skip + (end > 0 ? 1 : 0);
      end += 1;
    }
    const chunk = Buffer.allocUnsafe(size);
    copyItems(entries, index, end, chunk, 0, skip);
    index = end;
    more = stream.write(chunk);
    if (!more) await stream.drained();
  }
  stream.write(Buffer.from(']}'));
  stream.end();
  return 'answered';
}
