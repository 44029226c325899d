import { hostname } from 'node:os';
import type { Random } from '@steersman/machinery';

/** As upstream: people read the machine in it, and no two candidates are the same. */
export function candidateIdentity(random: Random): string {
  return `${hostname()}_${random.uuid()}`;
}
