import type { TransportRequest } from '../contract.ts';
import { TransportError } from '../transport-error.ts';

/**
 * A body that breaks off is a lost connection, unless it was the caller who ended it. `cut` tells of a body that came to an end
 * without the server's saying so.
 */
export async function* guardedBody(
  body: AsyncIterable<Uint8Array>,
  request: TransportRequest,
  cut: () => boolean = () => false,
): AsyncGenerator<Uint8Array> {
  const lost = (cause?: unknown) => {
    if (request.signal?.aborted) return request.signal.reason;
    return new TransportError('ConnectionLost', `${request.method} ${request.path}: the answer broke off`, { cause });
  };
  try {
    yield* body;
  } catch (cause) {
    throw lost(cause);
  }
  if (cut()) throw lost();
}
