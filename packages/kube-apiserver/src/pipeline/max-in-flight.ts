import { errors } from '@steersman/api';
import type { Exchange, Outcome, Stage } from './exchange.ts';
import { sendError } from './pipeline.ts';

export interface InFlightLimits {
  /** Reads under way at once; 0: no limit. Upstream's default is 400. */
  readonly readsMax: number;
  /** Writes under way at once; 0: no limit. Upstream's default is 200. */
  readonly writesMax: number;
}

const LONG_RUNNING = new Set(['exec', 'attach', 'portforward', 'proxy', 'log']);
const READS = new Set(['get', 'list', 'watch']);

/** Watches, logs and tunnels take no place: they are not work under way. */
export function isLongRunning({ info }: Exchange): boolean {
  return info.verb === 'watch' || LONG_RUNNING.has(info.subresource);
}

/** Bounds the requests under way, reads and writes apart; the rest is told to come back (429). Administrators always get in. */
export function maxInFlightStage(limits: InFlightLimits): Stage {
  const underWay = { reads: 0, writes: 0 };
  return (exchange): Outcome => {
    if (isLongRunning(exchange)) return 'next';
    const kind = READS.has(exchange.info.verb) ? 'reads' : 'writes';
    const max = kind === 'reads' ? limits.readsMax : limits.writesMax;
    if (max > 0 && underWay[kind] >= max && !exchange.user.groups.includes('system:masters')) {
      sendError(exchange, errors.tooManyRequests('Too many requests, please try again later.', 1));
      return 'answered';
    }
    underWay[kind] += 1;
    exchange.finished.push(() => {
      underWay[kind] -= 1;
    });
    return 'next';
  };
}
