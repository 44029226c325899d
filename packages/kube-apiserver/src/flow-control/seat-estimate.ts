import type { Exchange } from '../pipeline/exchange.ts';

/** Objects of a list that cost one seat, and the most seats one request takes: upstream's numbers. */
const OBJECTS_PER_SEAT = 100;
const SEATS_MAX = 10;

/** How many objects a resource has, in one namespace or in all. */
export type CountObjects = (exchange: Exchange) => number;

/** Seats that a request takes: one, and for lists one for each hundred objects. */
export function seatsOf(exchange: Exchange, count: CountObjects): number {
  const { verb } = exchange.info;
  if (verb !== 'list' && verb !== 'deletecollection') return 1;
  const { query } = exchange.request;
  const limit = query.includes('limit=') ? Number(new URLSearchParams(query).get('limit')) : 0;
  const objects = count(exchange);
  const asked = limit > 0 ? Math.min(limit, objects) : objects;
  return Math.min(SEATS_MAX, Math.max(1, Math.ceil(asked / OBJECTS_PER_SEAT)));
}
