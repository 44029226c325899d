/** What all containers of a pod ask for together. */
import { type Container, type PodSpec, Quantity } from '@steersman/api';
import { quantityOf } from './quantities.ts';

type Sums = Map<string, Quantity>;

/**
 * Regular containers and sidecars run together; an init container runs with the sidecars before it, and its turn may need
 * more than what comes after.
 */
export function aggregateAmounts(
  { containers, initContainers }: Pick<PodSpec, 'containers' | 'initContainers'>,
  part: 'requests' | 'limits',
): ReadonlyMap<string, Quantity> {
  const together: Sums = new Map();
  const sidecars: Sums = new Map();
  const peak: Sums = new Map();
  for (const container of containers ?? []) add(together, amountsOf(container, part));
  for (const container of initContainers ?? []) {
    const own = amountsOf(container, part);
    const turn: Sums = new Map(sidecars);
    add(turn, own);
    if (container.restartPolicy === 'Always') {
      add(together, own);
      add(sidecars, own);
    }
    raise(peak, turn);
  }
  raise(together, peak);
  return together;
}

function amountsOf({ resources }: Container, part: 'requests' | 'limits'): Sums {
  const entries = Object.entries(resources?.[part] ?? {});
  return new Map(entries.map(([name, text]) => [name, quantityOf(text) ?? Quantity.of(0)]));
}

function add(sums: Sums, more: Sums): void {
  for (const [name, quantity] of more) sums.set(name, sums.get(name)?.add(quantity) ?? quantity);
}

function raise(sums: Sums, floor: Sums): void {
  for (const [name, quantity] of floor) {
    const sum = sums.get(name);
    if (sum === undefined || sum.compare(quantity) < 0) sums.set(name, quantity);
  }
}
