/** Which of the keys of a range are answered, in which order. */
import type { KeyValue } from '../contract.ts';
import { type RangeRequest, type RangeResponse, wireOf } from './messages.ts';

const NO_BYTES = new Uint8Array(0);

/** Whether every key of the range has to be looked at, whatever the limit. */
export function looksAtAll(request: RangeRequest): boolean {
  return request.sort_order !== 'NONE' || hasBounds(request);
}

/** `items` in the order of keys: all of them, or as many as the limit takes and one more. */
export function selected(request: RangeRequest, items: readonly KeyValue[], count: number): RangeResponse {
  if (request.count_only) return { kvs: [], more: false, count };
  const sorted = inOrder(request, hasBounds(request) ? items.filter((item) => isWithin(request, item)) : items);
  const limit = Number(request.limit);
  const more = limit > 0 && sorted.length > limit;
  const shown = more ? sorted.slice(0, limit) : sorted;
  return {
    kvs: shown.map((item) => (request.keys_only ? { ...wireOf(item), value: NO_BYTES } : wireOf(item))),
    more,
    count,
  };
}

function hasBounds(request: RangeRequest): boolean {
  return [
    request.min_mod_revision,
    request.max_mod_revision,
    request.min_create_revision,
    request.max_create_revision,
  ].some((bound) => bound !== '0');
}

function isWithin(request: RangeRequest, { modRevision, createRevision }: KeyValue): boolean {
  const between = (min: string, value: number, max: string) =>
    value >= Number(min) && (max === '0' || value <= Number(max));
  return (
    between(request.min_mod_revision, modRevision, request.max_mod_revision) &&
    between(request.min_create_revision, createRevision, request.max_create_revision)
  );
}

type Comparison = (a: KeyValue, b: KeyValue) => number;
const comparisons: Readonly<Record<string, Comparison>> = {
  KEY: (a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0),
  VERSION: (a, b) => a.version - b.version,
  CREATE: (a, b) => a.createRevision - b.createRevision,
  MOD: (a, b) => a.modRevision - b.modRevision,
  VALUE: (a, b) => Buffer.compare(a.value, b.value),
};

/** Sorting by anything but the key is ascending unless asked for otherwise. */
function inOrder({ sort_order: order, sort_target: target }: RangeRequest, items: readonly KeyValue[]) {
  if (target === 'KEY' && order !== 'DESCEND') return items;
  const compare = comparisons[target]!;
  return items.toSorted(order === 'DESCEND' ? (a, b) => compare(b, a) : compare);
}
