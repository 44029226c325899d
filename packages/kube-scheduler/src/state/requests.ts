/** What a pod asks for, in numbers: CPU in thousandths, everything else in whole units (bytes, devices). */
import { type Pod, parseQuantity } from '@steersman/api';

/** Resources every node has; any other is an extended one, found by name. */
export const CPU = 0;
export const MEMORY = 1;
export const EPHEMERAL = 2;
const CORE_NAMES = ['cpu', 'memory', 'ephemeral-storage'] as const;

/** For scoring, a container without requests counts as this much, so that nodes full of such do not look empty. */
const DEFAULT_MILLI_CPU = 100;
const DEFAULT_MEMORY_BYTES = 200 * 1024 * 1024;

export interface Requests {
  /** By CPU, MEMORY, EPHEMERAL. */
  readonly core: readonly [number, number, number];
  readonly extended: ReadonlyMap<string, number>;
  /** CPU and memory with a default for containers that ask for nothing. */
  readonly nonZeroCpu: number;
  readonly nonZeroMemory: number;
}

type ResourceList = Readonly<Record<string, string>>;
type ContainerLike = { readonly resources?: { readonly requests?: ResourceList | undefined } | undefined };

/** The same few texts come again and again; parsing one takes a microsecond. */
const PARSED_MAX = 10_000;
const parsed = new Map<string, number>();

/** A quantity as a number: `cpu` in thousandths rounded up, others in units. */
export function amountOf(name: string, text: string): number {
  const key = name === 'cpu' ? `m${text}` : text;
  const known = parsed.get(key);
  if (known !== undefined) return known;
  const quantity = parseQuantity(text);
  const amount = Number(name === 'cpu' ? quantity.milliValue() : quantity.value());
  if (parsed.size >= PARSED_MAX) parsed.clear();
  parsed.set(key, amount);
  return amount;
}

type Amounts = Map<string, number>;

function amountsOf(list: ResourceList | undefined): Amounts {
  const amounts: Amounts = new Map();
  for (const name in list) amounts.set(name, amountOf(name, list[name]!));
  return amounts;
}

function addTo(sum: Amounts, more: Amounts): void {
  for (const [name, amount] of more) sum.set(name, (sum.get(name) ?? 0) + amount);
}

function raiseTo(floor: Amounts, other: Amounts): void {
  for (const [name, amount] of other) if (amount > (floor.get(name) ?? 0)) floor.set(name, amount);
}

function withDefaults(amounts: Amounts): Amounts {
  const filled = new Map(amounts);
  if (!filled.has('cpu')) filled.set('cpu', DEFAULT_MILLI_CPU);
  if (!filled.has('memory')) filled.set('memory', DEFAULT_MEMORY_BYTES);
  return filled;
}

/**
 * The most that runs at once: all containers together with the sidecars, or one init container with the sidecars
 * started before it (KEP-753); plus overhead. Requests of the pod as a whole win over that (KEP-2837).
 */
function totalOf(pod: Pod, amountsFor: (container: ContainerLike) => Amounts): Amounts {
  const running: Amounts = new Map();
  for (const container of pod.spec.containers) addTo(running, amountsFor(container));
  const sidecars: Amounts = new Map();
  const highest: Amounts = new Map();
  for (const container of pod.spec.initContainers ?? []) {
    const own = amountsFor(container);
    if (container.restartPolicy === 'Always') {
      addTo(running, own);
      addTo(sidecars, own);
      raiseTo(highest, sidecars);
    } else {
      const together = new Map(own);
      addTo(together, sidecars);
      raiseTo(highest, together);
    }
  }
  raiseTo(running, highest);
  for (const [name, amount] of amountsOf(pod.spec.resources?.requests)) running.set(name, amount);
  if (pod.spec.overhead !== undefined) addTo(running, amountsOf(pod.spec.overhead));
  return running;
}

/** What the scheduler sets aside for a pod. */
export function requestsOf(pod: Pod): Requests {
  const total = totalOf(pod, (container) => amountsOf(container.resources?.requests));
  const nonZero = totalOf(pod, (container) => withDefaults(amountsOf(container.resources?.requests)));
  const [cpu, memory, ephemeral] = CORE_NAMES;
  const core = [total.get(cpu) ?? 0, total.get(memory) ?? 0, total.get(ephemeral) ?? 0] as const;
  for (const name of CORE_NAMES) total.delete(name);
  return { core, extended: total, nonZeroCpu: nonZero.get(cpu) ?? 0, nonZeroMemory: nonZero.get(memory) ?? 0 };
}
