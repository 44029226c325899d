import { errors, type Status, statusOf } from '@steersman/api';
import { encodeValue } from '../rest/encode-value.ts';
import { MEDIA_TYPES, type Negotiated, PRETTY_JSON, wantedBy } from '../rest/negotiate.ts';
import { type Exchange, NO_CACHE, type Outcome, sendJson, sendWarnings } from './exchange.ts';

/** Answers with the Status of an error. */
export function sendError(exchange: Exchange, error: unknown): void {
  const status = statusOf(error);
  const seconds = status.details?.retryAfterSeconds;
  if (seconds !== undefined && seconds > 0) exchange.response.setHeader('retry-after', String(seconds));
  sendStatus(exchange, status.code ?? errors.internal('').code, status);
}

/** Sends a Status in the encoding that the client asked for; in JSON where it asked for none that we have. */
export function sendStatus(exchange: Exchange, code: number, status: Status): void {
  const wanted = encodingFor(exchange);
  const body = encodeValue(status, wanted);
  if (wanted.format === 'json') return sendJson(exchange, code, body);
  sendWarnings(exchange);
  exchange.response.send(code, { 'content-type': MEDIA_TYPES[wanted.format], ...NO_CACHE }, body);
}

/** A Status has no views, so only clauses without `as` count. */
function encodingFor({ request }: Exchange): Negotiated {
  try {
    return wantedBy(request, 'none');
  } catch {
    return PRETTY_JSON;
  }
}

const NOT_FOUND_TEXT = Buffer.from('404 page not found\n');

/** No such path, and no API either that could know it: plain text, as upstream answers. */
export function sendPathNotFound({ response }: Exchange): Outcome {
  const headers = { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' };
  response.send(404, headers, NOT_FOUND_TEXT);
  return 'answered';
}

const TOO_MANY_TEXT = Buffer.from('Too many requests, please try again later.\n');

/** Comes back in a second: upstream's plain text. */
export function sendTooManyRequests({ response, work }: Exchange): Outcome {
  work.refused = true;
  const headers = {
    'content-type': 'text/plain; charset=utf-8',
    'x-content-type-options': 'nosniff',
    'retry-after': '1',
  };
  response.send(429, headers, TOO_MANY_TEXT);
  return 'answered';
}
