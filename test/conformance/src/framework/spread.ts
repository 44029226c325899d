/** Requests spread over several servers of one cluster, so that a test seldom asks the server that it told. */
import { isTransportError, type Transport } from '@steersman/client';

const SAFE_METHODS: readonly string[] = ['GET', 'HEAD'];

/**
 * Each request goes to the next server in turn. One that a server cannot have seen goes to another, and so does a read without an
 * answer; a write without an answer may have happened, and fails.
 */
export function spreadTransport(transports: readonly Transport[]): Transport {
  let turn = 0;
  return {
    async request(request) {
      // Each request goes round by itself: others, which take turns too, must not lead it back to where it was.
      const first = ++turn;
      for (let others = 0; ; others++) {
        try {
          return await transports[(first + others) % transports.length]!.request(request);
        } catch (error) {
          const elsewhere = isTransportError(error) && (error.retryable || SAFE_METHODS.includes(request.method));
          if (!elsewhere || others === transports.length - 1) throw error;
        }
      }
    },
    async close() {
      await Promise.all(transports.map((transport) => transport.close()));
    },
  };
}
