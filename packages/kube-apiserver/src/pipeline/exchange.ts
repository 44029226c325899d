import type { Clock } from '@steersman/machinery';
import type { HttpRequest, HttpResponse, ResponseHeaders, UpgradeSocket } from '@steersman/server';
import type { UserInfo } from '../authentication/contract.ts';
import type { RequestInfo } from './request-info.ts';

const WARNING_LENGTH_MAX = 256; // Upstream's limits for warning headers.
const WARNINGS_LENGTH_MAX = 4096;

/** One request on its way through the stages. */
export interface Exchange {
  readonly request: HttpRequest;
  readonly response: HttpResponse;
  readonly upgrade: UpgradeSocket | undefined;
  readonly info: RequestInfo;
  /** Monotonic milliseconds. */
  readonly startedAt: number;
  readonly clock: Clock;
  user: UserInfo;
  readonly warnings: string[];
  /** Notes for the audit log; absent when nobody writes one about the request. */
  readonly auditAnnotations?: Record<string, string>;
  /** For metrics: whoever does such work counts it. */
  readonly work: RequestWork;
  /** Called once when the response has ended or gone over to streaming; stages add to it. */
  readonly finished: (() => void)[];
}

/** What a request costs beyond the store: whole objects read from and written as bytes, and bytes of stored objects copied. */
export interface RequestWork {
  decodes: number;
  encodes: number;
  copiedBytes: number;
  /** Milliseconds in queues. */
  waitedMs: number;
  /** There was no room for it. */
  refused: boolean;
}

/** A stage either answers the request (true: stop here) or passes it on. Synchronous where it can be, for speed. */
export type Stage = (exchange: Exchange) => Outcome | Promise<Outcome>;
export type Outcome = 'next' | 'answered';

export const NOBODY: UserInfo = { name: '', groups: [] };

export const NO_CACHE = { 'cache-control': 'no-cache, private' } as const;
const JSON_HEADERS = { 'content-type': 'application/json', 'cache-control': 'no-cache, private' };

/** Sends a JSON body that is already encoded. */
export function sendJson(
  exchange: Exchange,
  status: number,
  body: Uint8Array,
  headers: ResponseHeaders = JSON_HEADERS,
): void {
  sendWarnings(exchange);
  exchange.response.send(status, headers, exchange.request.method === 'HEAD' ? undefined : body);
}

/** Encodes and sends, with line breaks: upstream's way with what is not negotiated, such as /version. */
export function sendJsonValue(exchange: Exchange, status: number, value: unknown): void {
  sendJson(exchange, status, Buffer.from(JSON.stringify(value, undefined, 2)));
}

/** Puts the collected warnings into headers (RFC 7234 section 5.5, code 299), within upstream's sizes. */
export function sendWarnings(exchange: Exchange): void {
  if (exchange.warnings.length === 0) return;
  let total = 0;
  const values: string[] = [];
  for (const warning of new Set(exchange.warnings)) {
    const text = warning.slice(0, WARNING_LENGTH_MAX).replace(/[\r\n]+/g, ' ');
    total += text.length;
    if (total > WARNINGS_LENGTH_MAX) break;
    values.push(`299 - "${text.replace(/[\\"]/g, (mark) => `\\${mark}`)}"`);
  }
  exchange.response.setHeader('warning', values);
}
