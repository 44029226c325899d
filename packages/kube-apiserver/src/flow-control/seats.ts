/**
 * How the seats of the server are shared among the priority levels (KEP-1040, "Borrowing").
 */

/** What a PriorityLevelConfiguration says about its share. */
export interface Share {
  readonly shares: number;
  /** Of its nominal seats. */
  readonly lendablePercent: number;
  /** Of its nominal seats; absent: as many as others lend. */
  readonly borrowingLimitPercent: number | undefined;
}

export interface SeatLimits {
  readonly nominal: number;
  /** What it keeps however little it wants. */
  readonly lower: number;
  /** What it may get however much it wants. */
  readonly upper: number;
}

/** The limits of each level, in the order given. */
export function seatLimits(total: number, levels: readonly Share[]): readonly SeatLimits[] {
  const sum = levels.reduce((all, { shares }) => all + shares, 0);
  return levels.map(({ shares, lendablePercent, borrowingLimitPercent }) => {
    const nominal = sum === 0 ? 0 : Math.ceil((total * shares) / sum);
    const lower = nominal - Math.round((nominal * lendablePercent) / 100);
    const upper =
      borrowingLimitPercent === undefined ? total : nominal + Math.round((nominal * borrowingLimitPercent) / 100);
    return { nominal, lower, upper };
  });
}

export interface Demand extends SeatLimits {
  /** The most seats wanted at once during the last period. */
  readonly demandMax: number;
  /** The same, falling off slowly. */
  readonly demandSmooth: number;
}

/** Halvings of the search for the fair fraction: enough for a thousandth of a seat. */
const SEARCH_STEPS = 40;

/**
 * The seats of each level for the next period: everyone gets what it wants of its own, and what is left goes to those who
 * want more, by the same fraction of what each aims at.
 */
export function sharedSeats(total: number, levels: readonly Demand[]): readonly number[] {
  const least = levels.map(({ lower, nominal, demandMax }) => Math.max(lower, Math.min(nominal, demandMax)));
  const sum = least.reduce((all, seats) => all + seats, 0);
  if (sum >= total) return least.map((seats) => Math.round((seats * total) / Math.max(1, sum)));
  const target = levels.map(({ demandSmooth }, index) => Math.max(least[index]!, demandSmooth));
  const at = (fraction: number) =>
    levels.map(({ upper }, index) => Math.max(least[index]!, Math.min(upper, fraction * target[index]!)));
  const sumAt = (fraction: number) => at(fraction).reduce((all, seats) => all + seats, 0);
  let low = 0;
  let high = total + 1;
  for (let step = 0; step < SEARCH_STEPS; step++) {
    const middle = (low + high) / 2;
    if (sumAt(middle) > total) high = middle;
    else low = middle;
  }
  return at(low).map(Math.round);
}
