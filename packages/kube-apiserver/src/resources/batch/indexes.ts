/** Sets of completion indexes as a Job writes them: `0,2-4`, in increasing order. */

interface Interval {
  readonly first: number;
  readonly last: number;
}
/** What is wrong with a set, in upstream's words. */
export type IndexProblem = { readonly problem: string };

/** How many indexes a set has, all of them below `completions`; or what is wrong with it. */
export function countIndexes(text: string, completions: number): number | IndexProblem {
  let total = 0;
  let previous: number | undefined;
  for (const part of text === '' ? [] : text.split(',')) {
    const interval = intervalOf(part, completions);
    if ('problem' in interval) return interval;
    if (previous !== undefined && previous >= interval.first) return notIncreasing(previous, interval.first);
    total += interval.last - interval.first + 1;
    previous = interval.last;
  }
  return total;
}

/** The first index that is in both sets; malformed intervals count as empty. */
export function overlapOf(one: string, other: string, completions: number): number | undefined {
  if (one === '' || other === '') return undefined;
  const wellFormed = (text: string): Interval[] =>
    text
      .split(',')
      .map((part) => intervalOf(part, completions))
      .filter((found): found is Interval => !('problem' in found));
  const [left, right] = [wellFormed(one), wellFormed(other)];
  for (let i = 0, j = 0; i < left.length && j < right.length; ) {
    const [a, b] = [left[i] as Interval, right[j] as Interval];
    if (a.first <= b.last && b.first <= a.last) return Math.max(a.first, b.first);
    if (a.first <= b.first) i++;
    else j++;
  }
  return undefined;
}

function intervalOf(text: string, completions: number): Interval | IndexProblem {
  const parts = text.split('-');
  const rule = "violates the requirement that an index interval can have at most two parts separated by '-'";
  if (parts.length > 2) return { problem: `the fragment ${JSON.stringify(text)} ${rule}` };
  const limits: number[] = [];
  for (const part of parts) {
    if (!/^[+-]?\d+$/.test(part))
      return { problem: `cannot convert string to integer for index: ${JSON.stringify(part)}` };
    if (Number(part) >= completions) return { problem: `too large index: ${JSON.stringify(part)}` };
    limits.push(Number(part));
  }
  const [first = 0, last = first] = limits;
  return parts.length === 2 && first >= last ? notIncreasing(first, last) : { first, last };
}

function notIncreasing(previous: number, current: number): IndexProblem {
  return { problem: `non-increasing order, previous: ${previous}, current: ${current}` };
}
