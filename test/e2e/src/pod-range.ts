import { occupiedNetworks } from '@steersman/cluster';
import { realRandom } from '@steersman/machinery';

const TRIES_MAX = 100;

/**
 * A range for the pods of one cluster: not the usual one, and not of a cluster that runs on the machine already. Picked at random, so that
 * two tests that start at the same time hardly pick the same.
 */
export async function podRange(): Promise<string> {
  const occupied = (await occupiedNetworks([])).map(({ cidr }) => cidr);
  const random = realRandom();
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const start = `10.${100 + random.integer(100)}.`;
    if (!occupied.some((cidr) => cidr.startsWith(start))) return `${start}0.0/16`;
  }
  throw new RangeError('all ranges from 10.100.0.0/16 to 10.199.0.0/16 are in use');
}
