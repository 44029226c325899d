/** A queue of queues, one per flow, served in turn: a flow that asks for much waits behind itself, not before others. */
export class FairQueue<T> {
  /** In the order in which flows are served next. */
  readonly #flows = new Map<string, T[]>();
  readonly #perFlowMax: number;
  readonly #totalMax: number;
  #size = 0;

  constructor(options: { readonly perFlowMax: number; readonly totalMax: number }) {
    this.#perFlowMax = options.perFlowMax;
    this.#totalMax = options.totalMax;
  }

  get size(): number {
    return this.#size;
  }

  /** False when there is no room. */
  push(flow: string, item: T): boolean {
    const items = this.#flows.get(flow);
    if (this.#size >= this.#totalMax || (items?.length ?? 0) >= this.#perFlowMax) return false;
    if (items === undefined) this.#flows.set(flow, [item]);
    else items.push(item);
    this.#size += 1;
    return true;
  }

  /** The oldest item of the flow whose turn it is. */
  shift(): T | undefined {
    for (const [flow, items] of this.#flows) {
      const item = items.shift();
      this.#flows.delete(flow);
      if (items.length > 0) this.#flows.set(flow, items);
      this.#size -= 1;
      return item;
    }
    return undefined;
  }

  remove(flow: string, item: T): void {
    const items = this.#flows.get(flow);
    const at = items?.indexOf(item) ?? -1;
    if (items === undefined || at === -1) return;
    items.splice(at, 1);
    this.#size -= 1;
    if (items.length === 0) this.#flows.delete(flow);
  }
}
