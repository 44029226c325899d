import { createHash } from 'node:crypto';
import { type Exchange, type Outcome, sendJson } from '../pipeline/exchange.ts';

/** Something that is made once and sent to many. */
export interface Document {
  readonly body: Uint8Array;
  readonly contentType: string;
  /** With its quotes. */
  readonly etag: string;
}

export function jsonDocument(value: unknown, contentType = 'application/json'): Document {
  return documentOf(Buffer.from(`${JSON.stringify(value)}\n`), contentType);
}

export function documentOf(body: Uint8Array, contentType: string): Document {
  return { body, contentType, etag: `"${digestOf(body)}"` };
}

/** Upstream's form of hashes in ETags and addresses. */
export function digestOf(content: Uint8Array | string): string {
  return createHash('sha512').update(content).digest('hex').toUpperCase();
}

/** Sends a document that clients may keep, or 304 when the client has it already. */
export function sendDocument(
  exchange: Exchange,
  { body, contentType, etag }: Document,
  caching: Readonly<Record<string, string>> = { 'cache-control': 'public' },
): Outcome {
  const headers = { 'content-type': contentType, etag, vary: 'Accept', ...caching };
  if (hasAlready(exchange, etag)) exchange.response.send(304, { etag, vary: 'Accept', ...caching });
  else sendJson(exchange, 200, body, headers);
  return 'answered';
}

/** Whether If-None-Match names the document (RFC 9110 section 13.1.2). */
export function hasAlready({ request }: Exchange, etag: string): boolean {
  const known = request.headers['if-none-match'];
  if (known === undefined) return false;
  return known === '*' || known.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag);
}
