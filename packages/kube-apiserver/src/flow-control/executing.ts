import type { Exchange } from '../pipeline/exchange.ts';
import type { FlowClass } from './flow-class.ts';

/** A request that has its seats. */
export interface Taken {
  readonly exchange: Exchange;
  readonly of: FlowClass;
  readonly seats: number;
  /** Milliseconds since the epoch. */
  readonly since: number;
}
interface Place extends Taken {
  index: number;
}

/**
 * The requests under way, in no order. A plain array, in which the last one takes the place of one that ends: a Map to which every
 * request is added leaves a chain of outgrown tables behind, through which requests that are long over outlive every small collection.
 */
export class Executing {
  readonly #places: Place[] = [];

  /** Answers what ends it. */
  add(taken: Taken): () => void {
    const places = this.#places;
    const place: Place = { ...taken, index: places.length };
    places.push(place);
    return () => {
      const last = places.pop()!;
      if (last === place) return;
      places[place.index] = last;
      last.index = place.index;
    };
  }

  [Symbol.iterator](): Iterator<Taken> {
    return this.#places[Symbol.iterator]();
  }
}
