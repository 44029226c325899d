import type { TransportRequest } from '../contract.ts';
import { TransportError } from '../transport-error.ts';

/** A body that breaks off is a lost connection, unless it was the caller who ended it. */
export async function* guardedBody(
  body: AsyncIterable<Uint8Array>,
  request: TransportRequest,
): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (cause) {
    if (request.signal?.aborted) throw request.signal.reason;
    throw new TransportError('ConnectionLost', `${request.method} ${request.path}: the answer broke off`, { cause });
  }
}
