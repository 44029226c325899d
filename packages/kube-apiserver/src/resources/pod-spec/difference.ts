/** A short text that shows a person what differs between two objects, for messages that refuse a change. */

/** Lines beyond this are cut: the text goes into an error message. */
const LINES_MAX = 40;

/** One line per leaf that differs: `- path: old` and `+ path: new`. */
export function describeChange(before: unknown, after: unknown): string {
  const lines: string[] = [];
  walk(before, after, '', lines);
  return lines.slice(0, LINES_MAX).join('\n');
}

function walk(before: unknown, after: unknown, at: string, lines: string[]): void {
  if (lines.length > LINES_MAX || JSON.stringify(before) === JSON.stringify(after)) return;
  if (isContainer(before) && isContainer(after) && Array.isArray(before) === Array.isArray(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
      walk(
        before[key],
        after[key],
        Array.isArray(before) ? `${at}[${key}]` : `${at === '' ? '' : `${at}.`}${key}`,
        lines,
      );
    }
    return;
  }
  if (before !== undefined) lines.push(`- ${at}: ${JSON.stringify(before)}`);
  if (after !== undefined) lines.push(`+ ${at}: ${JSON.stringify(after)}`);
}

function isContainer(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
