import type { PodInfo } from './pod-info.ts';
import { amountOf, CPU, EPHEMERAL, MEMORY } from './requests.ts';

/** Column after the core resources: how many pods. Extended resources follow, in the order they were first seen. */
export const PODS = 3;
const FIRST_EXTENDED = 4;
const FIRST_CAPACITY = 64;

/**
 * What every node has and what is taken of it: one flat array of numbers per resource, one place ("slot") per node.
 * Filtering walks these arrays, not objects.
 */
export interface ResourceTable {
  /** By column, then slot. */
  readonly allocatable: readonly Float64Array[];
  readonly requested: readonly Float64Array[];
  /** CPU and memory with defaults for pods that ask for nothing; for scoring. */
  readonly nonZeroCpu: Float64Array;
  readonly nonZeroMemory: Float64Array;
  /** The column of an extended resource, or -1 when no node has ever had it and no pod wanted it. */
  columnOf(name: string): number;
  reserveSlot(): number;
  freeSlot(slot: number): void;
  setAllocatable(slot: number, list: Readonly<Record<string, string>> | undefined): void;
  /** `sign` 1 takes what the pod asks for, -1 gives it back. */
  account(slot: number, pod: PodInfo, sign: 1 | -1): void;
}

const CORE_COLUMNS: Readonly<Record<string, number>> = {
  cpu: CPU,
  memory: MEMORY,
  'ephemeral-storage': EPHEMERAL,
  pods: PODS,
};

export function createResourceTable(): ResourceTable {
  let capacity = FIRST_CAPACITY;
  let slots = 0;
  const free: number[] = [];
  const extended = new Map<string, number>();
  const columns = () => Array.from({ length: FIRST_EXTENDED }, () => new Float64Array(capacity));
  const allocatable = columns();
  const requested = columns();
  const nonZero = [new Float64Array(capacity), new Float64Array(capacity)];

  function grow(): void {
    capacity *= 2;
    for (const group of [allocatable, requested, nonZero]) {
      for (const [at, column] of group.entries()) {
        group[at] = new Float64Array(capacity);
        group[at].set(column);
      }
    }
  }

  function column(name: string): number {
    const known = CORE_COLUMNS[name] ?? extended.get(name);
    if (known !== undefined) return known;
    const made = FIRST_EXTENDED + extended.size;
    extended.set(name, made);
    allocatable.push(new Float64Array(capacity));
    requested.push(new Float64Array(capacity));
    return made;
  }

  return {
    allocatable,
    requested,
    get nonZeroCpu() {
      return nonZero[0]!;
    },
    get nonZeroMemory() {
      return nonZero[1]!;
    },
    columnOf: (name) => CORE_COLUMNS[name] ?? extended.get(name) ?? -1,
    reserveSlot() {
      const reused = free.pop();
      if (reused !== undefined) return reused;
      if (slots === capacity) grow();
      slots += 1;
      return slots - 1;
    },
    freeSlot(slot) {
      for (const group of [allocatable, requested, nonZero]) for (const each of group) each[slot] = 0;
      free.push(slot);
    },
    setAllocatable(slot, list) {
      for (const each of allocatable) each[slot] = 0;
      for (const name in list) allocatable[column(name)]![slot] = amountOf(name, list[name]!);
    },
    account(slot, { requests }, sign) {
      for (let core = CPU; core <= EPHEMERAL; core += 1) requested[core]![slot]! += sign * requests.core[core]!;
      requested[PODS]![slot]! += sign;
      for (const [name, amount] of requests.extended) requested[column(name)]![slot]! += sign * amount;
      nonZero[0]![slot]! += sign * requests.nonZeroCpu;
      nonZero[1]![slot]! += sign * requests.nonZeroMemory;
    },
  };
}
