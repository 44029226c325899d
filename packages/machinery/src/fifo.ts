/** A first-in-first-out list. `Array.shift` moves every element; this one moves a head. */
export interface Fifo<T> {
  push(item: T): void;
  shift(): T | undefined;
  readonly length: number;
}

/** Below this many taken items a list is left alone: compacting it would cost more than the memory is worth. */
const COMPACT_ITEMS_MIN = 64;

export function fifo<T>(): Fifo<T> {
  let items: (T | undefined)[] = [];
  let head = 0;
  return {
    push: (item) => void items.push(item),
    shift() {
      const item = items[head];
      if (head < items.length) {
        items[head] = undefined; // Not kept alive.
        head += 1;
      }
      if (head > COMPACT_ITEMS_MIN && head * 2 > items.length) {
        items = items.slice(head);
        head = 0;
      }
      return item;
    },
    get length() {
      return items.length - head;
    },
  };
}
