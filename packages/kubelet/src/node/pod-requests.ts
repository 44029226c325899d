/** What a pod asks of its node: the larger of its containers together and any one init container, plus overhead (KEP-753). Pure. */
import { type Container, type Pod, parseQuantity, type Quantity } from '@steersman/api';
import { isSidecar } from '../pod/view.ts';

export type Amounts = ReadonlyMap<string, Quantity>;
const ZERO = parseQuantity('0');

const requestsOf = ({ resources }: Pick<Container, 'resources'>): Amounts =>
  new Map(Object.entries(resources?.requests ?? {}).map(([name, text]) => [name, parseQuantity(text)]));

/** Specs do not change while they are held, and a node asks about all its pods for every one it admits. */
const known = new WeakMap<Pod['spec'], Amounts>();

export function podRequests(pod: Pod): Amounts {
  const found = known.get(pod.spec) ?? computeRequests(pod);
  known.set(pod.spec, found);
  return found;
}

function computeRequests(pod: Pod): Amounts {
  let sidecars: Amounts = new Map();
  let initMost: Amounts = new Map();
  for (const container of pod.spec.initContainers ?? []) {
    const own = requestsOf(container);
    if (isSidecar(container)) sidecars = plus(sidecars, own);
    initMost = most(initMost, isSidecar(container) ? sidecars : plus(sidecars, own));
  }
  const running = pod.spec.containers.map(requestsOf).reduce(plus, sidecars);
  const overhead = new Map(Object.entries(pod.spec.overhead ?? {}).map(([name, text]) => [name, parseQuantity(text)]));
  const podLevel = requestsOf({ resources: pod.spec.resources });
  return plus(new Map([...most(running, initMost), ...podLevel]), overhead);
}

function combine(a: Amounts, b: Amounts, choose: (x: Quantity, y: Quantity) => Quantity): Amounts {
  const names = new Set([...a.keys(), ...b.keys()]);
  return new Map([...names].map((name) => [name, choose(a.get(name) ?? ZERO, b.get(name) ?? ZERO)]));
}
export const plus = (a: Amounts, b: Amounts): Amounts => combine(a, b, (x, y) => x.add(y));
const most = (a: Amounts, b: Amounts): Amounts => combine(a, b, (x, y) => (x.compare(y) >= 0 ? x : y));
