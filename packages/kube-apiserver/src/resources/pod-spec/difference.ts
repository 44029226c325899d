/**
 * The difference between two objects as upstream's messages show it: a unified diff, of three lines of context, between
 * their JSON texts. Lines are matched as Python's difflib does (longest matching block first, popular lines left aside).
 */

const CONTEXT_LINES = 3;
/** From this many lines on, lines that make up more than a hundredth of the text do not start a match. */
const POPULAR_FROM = 200;

/** Both are what `internalForm` made. */
export function unifiedDiff(before: unknown, after: unknown): string {
  const a = linesOf(before);
  const b = linesOf(after);
  return grouped(changesOf(a, b))
    .map((group) => hunkText(group, a, b))
    .join('');
}

/** `value` is of upstream's internal types: structs in their own order; maps are sorted by who made it. */
function linesOf(value: unknown): readonly string[] {
  const text = JSON.stringify(value, null, 1).replace(/[<>&\u2028\u2029]/g, unicodeEscape);
  return text.split('\n').map((line) => `${line}\n`);
}

function unicodeEscape(mark: string): string {
  return `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** Lines `a[a1..a2)` stand against `b[b1..b2)`. */
interface Block {
  readonly equal: boolean;
  readonly a1: number;
  readonly a2: number;
  readonly b1: number;
  readonly b2: number;
}

function changesOf(a: readonly string[], b: readonly string[]): Block[] {
  const places = placesOf(b);
  const matches: { a: number; b: number; size: number }[] = [];
  const todo = [{ a1: 0, a2: a.length, b1: 0, b2: b.length }];
  for (let range = todo.pop(); range !== undefined; range = todo.pop()) {
    const match = longestMatch(a, b, places, range);
    if (match.size === 0) continue;
    matches.push(match);
    todo.push({ ...range, a2: match.a, b2: match.b });
    todo.push({ ...range, a1: match.a + match.size, b1: match.b + match.size });
  }
  return blocksOf(
    matches.toSorted((x, y) => x.a - y.a || x.b - y.b),
    a.length,
    b.length,
  );
}

function placesOf(b: readonly string[]): ReadonlyMap<string, readonly number[]> {
  const places = new Map<string, number[]>();
  for (const [index, line] of b.entries()) {
    const found = places.get(line);
    if (found === undefined) places.set(line, [index]);
    else found.push(index);
  }
  if (b.length < POPULAR_FROM) return places;
  const most = Math.floor(b.length / 100) + 1;
  return new Map([...places].filter(([, indexes]) => indexes.length <= most));
}

interface Range {
  readonly a1: number;
  readonly a2: number;
  readonly b1: number;
  readonly b2: number;
}

/** The longest block of equal lines, the first of those that are equally long, widened by popular lines around it. */
function longestMatch(
  a: readonly string[],
  b: readonly string[],
  places: ReadonlyMap<string, readonly number[]>,
  { a1, a2, b1, b2 }: Range,
): { a: number; b: number; size: number } {
  let best = { a: a1, b: b1, size: 0 };
  let lengths = new Map<number, number>();
  for (let i = a1; i < a2; i++) {
    const next = new Map<number, number>();
    for (const j of places.get(a[i] ?? '') ?? []) {
      if (j < b1) continue;
      if (j >= b2) break;
      const size = (lengths.get(j - 1) ?? 0) + 1;
      next.set(j, size);
      if (size > best.size) best = { a: i - size + 1, b: j - size + 1, size };
    }
    lengths = next;
  }
  while (best.a > a1 && best.b > b1 && a[best.a - 1] === b[best.b - 1])
    best = { a: best.a - 1, b: best.b - 1, size: best.size + 1 };
  while (best.a + best.size < a2 && best.b + best.size < b2 && a[best.a + best.size] === b[best.b + best.size])
    best = { ...best, size: best.size + 1 };
  return best;
}

function blocksOf(
  matches: readonly { readonly a: number; readonly b: number; readonly size: number }[],
  aLength: number,
  bLength: number,
): Block[] {
  const blocks: Block[] = [];
  let [a, b] = [0, 0];
  for (const match of [...matches, { a: aLength, b: bLength, size: 0 }]) {
    if (a < match.a || b < match.b) blocks.push({ equal: false, a1: a, a2: match.a, b1: b, b2: match.b });
    const last = blocks.at(-1);
    [a, b] = [match.a + match.size, match.b + match.size];
    if (match.size === 0) continue;
    // Neighbouring matches are one block.
    if (last?.equal === true) blocks[blocks.length - 1] = { ...last, a2: a, b2: b };
    else blocks.push({ equal: true, a1: match.a, a2: a, b1: match.b, b2: b });
  }
  return blocks;
}

/** Hunks: changes with their context; those that share it are one. */
function grouped(blocks: readonly Block[]): Block[][] {
  const groups: Block[][] = [];
  let group: Block[] = [];
  for (const [index, block] of blocks.entries()) {
    const between = index > 0 && index < blocks.length - 1;
    if (!block.equal) group.push(block);
    else if (index === 0) group.push(tail(block, CONTEXT_LINES));
    else if (!between) group.push(head(block, CONTEXT_LINES));
    else if (block.a2 - block.a1 > 2 * CONTEXT_LINES) {
      groups.push([...group, head(block, CONTEXT_LINES)]);
      group = [tail(block, CONTEXT_LINES)];
    } else group.push(block);
  }
  if (group.some(({ equal }) => !equal)) groups.push(group);
  return groups;
}

function head(block: Block, lines: number): Block {
  const size = Math.min(lines, block.a2 - block.a1);
  return { ...block, a2: block.a1 + size, b2: block.b1 + size };
}

function tail(block: Block, lines: number): Block {
  const size = Math.min(lines, block.a2 - block.a1);
  return { ...block, a1: block.a2 - size, b1: block.b2 - size };
}

function hunkText(group: readonly Block[], a: readonly string[], b: readonly string[]): string {
  const first = group[0];
  const last = group.at(-1);
  if (first === undefined || last === undefined) return '';
  const lines = group.flatMap(({ equal, a1, a2, b1, b2 }) =>
    equal
      ? a.slice(a1, a2).map((line) => ` ${line}`)
      : [...a.slice(a1, a2).map((line) => `-${line}`), ...b.slice(b1, b2).map((line) => `+${line}`)],
  );
  return `@@ -${rangeText(first.a1, last.a2)} +${rangeText(first.b1, last.b2)} @@\n${lines.join('')}`;
}

/** Lines are counted from 1; an empty range is named by the line before it. */
function rangeText(start: number, end: number): string {
  const size = end - start;
  if (size === 1) return String(start + 1);
  return `${size === 0 ? start : start + 1},${size}`;
}
