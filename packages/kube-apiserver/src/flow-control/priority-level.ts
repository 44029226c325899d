/**
 * One priority level: so many seats, and the queues of those who wait for one.
 */
import type { Exchange } from '../pipeline/exchange.ts';
import type { FlowClass } from './flow-class.ts';
import { dealHand } from './shuffle-shard.ts';

export interface LevelConfiguration {
  readonly exempt: boolean;
  /** Absent: what finds no seat is refused. */
  readonly queuing: { readonly queues: number; readonly handSize: number; readonly queueLengthMax: number } | undefined;
}

/** Why a request got no seat, by upstream's names. */
export type Rejection = 'concurrency-limit' | 'queue-full' | 'time-out' | 'cancelled';

export interface Waiting {
  readonly of: FlowClass;
  readonly seats: number;
  readonly exchange: Exchange;
  /** Milliseconds since the epoch. */
  readonly arrivedAt: number;
  /** The seats are the request's; called at most once. */
  readonly grant: () => void;
}

/** What a queue looks like from outside. */
export interface QueueState {
  readonly waiting: readonly Waiting[];
  /** That those who wait want. */
  readonly seats: number;
  /** Where in virtual time its next request stands. */
  readonly next: number;
}

interface Queue {
  readonly waiting: { readonly item: Waiting; readonly start: number }[];
  /** Where in virtual time the queue's last request ends. */
  finish: number;
  seats: number;
}

/**
 * Seats are handed out at once while there are any. Else requests wait in queues that are served in virtual time
 * (start-time fair queuing): each request stands as far behind the one before it in its queue as it takes seats, so that
 * a queue that asks for much waits behind itself. An exempt level counts, and never makes anybody wait.
 */
export class PriorityLevel {
  readonly name: string;
  #configuration: LevelConfiguration;
  /** Seats that may be taken now; moved by borrowing. */
  limit = 1;
  taken = 0;
  waitingSeats = 0;
  /** The most seats wanted at once since it was last read. */
  demandMax = 0;
  #virtualTime = 0;
  readonly #queues = new Map<number, Queue>();

  constructor(name: string, configuration: LevelConfiguration) {
    this.name = name;
    this.#configuration = configuration;
  }

  get exempt(): boolean {
    return this.#configuration.exempt;
  }

  /** Takes over another configuration; who waits stays where it is. */
  configure(configuration: LevelConfiguration, limit: number): void {
    this.#configuration = configuration;
    this.limit = limit;
    this.dispatch();
  }

  /** Takes seats if there are any; false: the request has to wait or go. */
  tryEnter(of: FlowClass, seats: number): boolean {
    const wanted = this.taken + this.waitingSeats + seats;
    if (wanted > this.demandMax) this.demandMax = wanted;
    if (!this.#configuration.exempt && (this.waitingSeats > 0 || !this.#fits(seats))) return false;
    this.#take(of, seats);
    return true;
  }

  /** Queues a request that found no seats. `flow` tells the flows of a schema apart. */
  enqueue(item: Waiting, flow: string): Rejection | 'waiting' {
    const { queuing } = this.#configuration;
    if (queuing === undefined) return 'concurrency-limit';
    const queue = this.#shortest(dealHand(item.of.name, flow, queuing.queues, queuing.handSize));
    if (queue.waiting.length >= queuing.queueLengthMax) return 'queue-full';
    const start = Math.max(this.#virtualTime, queue.finish);
    queue.finish = start + item.seats;
    queue.waiting.push({ item, start });
    queue.seats += item.seats;
    this.waitingSeats += item.seats;
    item.of.counts.waiting += 1;
    item.of.counts.waitingSeats += item.seats;
    return 'waiting';
  }

  /** Takes a request out of its queue; false when it is not waiting any more. */
  remove(item: Waiting): boolean {
    for (const queue of this.#queues.values()) {
      const at = queue.waiting.findIndex((candidate) => candidate.item === item);
      if (at === -1) continue;
      queue.waiting.splice(at, 1);
      this.#noLongerWaits(queue, item);
      return true;
    }
    return false;
  }

  leave(of: FlowClass, seats: number): void {
    this.taken -= seats;
    of.counts.executing -= 1;
    of.counts.executingSeats -= seats;
    if (this.waitingSeats > 0) this.dispatch();
  }

  /** Hands free seats to who has waited longest in virtual time. */
  dispatch(): void {
    while (this.waitingSeats > 0) {
      const queue = this.#next();
      const head = queue?.waiting[0];
      if (queue === undefined || head === undefined || !this.#fits(head.item.seats)) return;
      queue.waiting.shift();
      this.#virtualTime = head.start;
      this.#noLongerWaits(queue, head.item);
      this.#take(head.item.of, head.item.seats);
      head.item.grant();
    }
  }

  /** The queues that there may be, for people who look into them; those that nobody has used are undefined. */
  queues(): readonly (QueueState | undefined)[] {
    const { queuing } = this.#configuration;
    return Array.from({ length: queuing?.queues ?? 0 }, (_, index) => {
      const queue = this.#queues.get(index);
      if (queue === undefined) return undefined;
      return {
        waiting: queue.waiting.map(({ item }) => item),
        seats: queue.seats,
        next: queue.waiting[0]?.start ?? queue.finish,
      };
    });
  }

  /** A request wider than the level goes alone. */
  #fits(seats: number): boolean {
    return this.#configuration.exempt || this.taken + seats <= this.limit || this.taken === 0;
  }

  #take(of: FlowClass, seats: number): void {
    this.taken += seats;
    of.counts.executing += 1;
    of.counts.executingSeats += seats;
    of.counts.dispatched += 1;
  }

  #noLongerWaits(queue: Queue, { of, seats }: Waiting): void {
    queue.seats -= seats;
    this.waitingSeats -= seats;
    of.counts.waiting -= 1;
    of.counts.waitingSeats -= seats;
  }

  #shortest(hand: readonly number[]): Queue {
    let best: Queue | undefined;
    for (const card of hand) {
      const queue = this.#queueAt(card);
      if (best === undefined || queue.seats < best.seats) best = queue;
    }
    return best ?? this.#queueAt(0);
  }

  #queueAt(index: number): Queue {
    let queue = this.#queues.get(index);
    if (queue === undefined) {
      queue = { waiting: [], finish: 0, seats: 0 };
      this.#queues.set(index, queue);
    }
    return queue;
  }

  #next(): Queue | undefined {
    let best: Queue | undefined;
    for (const queue of this.#queues.values()) {
      const head = queue.waiting[0];
      if (head !== undefined && (best === undefined || head.start < best.waiting[0]!.start)) best = queue;
    }
    return best;
  }
}
