import type { Transport } from './contract.ts';
import { TransportError } from './transport-error.ts';

const READS = new Set(['GET', 'HEAD']);

/**
 * A transport that sends writes only while `mayAct` says so, asked at the last moment: who led before the process was paused for
 * long must not go on with what it was about to do. Refused writes fail with TransportError ConnectionFailed.
 */
export function fencedTransport(transport: Transport, mayAct: () => boolean): Transport {
  return {
    async request(request) {
      if (!READS.has(request.method) && !mayAct())
        throw new TransportError('ConnectionFailed', 'not sent: this process does not lead any more');
      return transport.request(request);
    },
    close: () => transport.close(),
  };
}
