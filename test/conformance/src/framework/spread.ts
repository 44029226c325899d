/** Requests spread over several servers of one cluster, so that a test seldom asks the server that it told. */
import { isTransportError, type Transport, type TransportRequest, type TransportResponse } from '@steersman/client';

const SAFE_METHODS: readonly string[] = ['GET', 'HEAD'];

/**
 * Each request goes to the next server in turn. One that a server cannot have seen goes to another, and so does a read without an
 * answer; a write without an answer may have happened, and fails.
 */
export function spreadTransport(transports: readonly Transport[]): Transport {
  let turn = 0;
  const send = (request: TransportRequest): Promise<TransportResponse> => {
    turn = (turn + 1) % transports.length;
    return transports[turn]!.request(request);
  };
  return {
    async request(request) {
      for (let others = transports.length - 1; ; others--) {
        try {
          return await send(request);
        } catch (error) {
          const elsewhere = isTransportError(error) && (error.retryable || SAFE_METHODS.includes(request.method));
          if (!elsewhere || others === 0) throw error;
        }
      }
    },
    async close() {
      await Promise.all(transports.map((transport) => transport.close()));
    },
  };
}
