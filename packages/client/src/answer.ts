import { ApiError, errors, parseJson, type Status } from '@steersman/api';
import { readAll } from './body.ts';
import type { TransportResponse } from './contract.ts';
import { TransportError } from './transport-error.ts';

function isStatus(value: unknown): value is Status {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'Status';
}

/** Parses JSON from the server, integers of 64 bits digit for digit; what does not parse is a broken answer, not the caller's error. */
export function parseAnswer(text: string): unknown {
  try {
    return parseJson(text);
  } catch (cause) {
    throw new TransportError('BadResponse', 'the server answered something that is not JSON', { cause });
  }
}

/** The error that a Status describes. */
export function errorOfStatus(status: Status): ApiError {
  return new ApiError(status);
}

/** The error of an answer with a status of 400 or more: the server's own Status, or one made from the HTTP code. */
export async function errorOf(response: TransportResponse): Promise<ApiError> {
  const text = (await readAll(response.body)).toString('utf8');
  try {
    const parsed: unknown = parseJson(text);
    if (isStatus(parsed)) return errorOfStatus(parsed);
  } catch {
    // Not JSON: the text itself is the message.
  }
  return errors.fromCode(response.status, text.trim() === '' ? `the server answered ${response.status}` : text.trim());
}

/** The parsed JSON of a successful answer; throws `ApiError` otherwise. An empty body gives undefined. */
export async function jsonOf(response: TransportResponse): Promise<unknown> {
  if (response.status >= 400) throw await errorOf(response);
  const bytes = await readAll(response.body);
  return bytes.byteLength === 0 ? undefined : parseAnswer(bytes.toString('utf8'));
}
