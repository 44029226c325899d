/** The end of a run of tests, for a reader who sees nothing else: what was skipped, what was slow, what failed and why, the totals. */

export const STDERR_CHARACTERS_MAX = 2000;

/** What summary-reporter.ts tells of one process of tests. */
export type Outcome =
  | { readonly kind: 'file'; readonly file: string; readonly ms: number }
  | { readonly kind: 'skipped'; readonly name: string; readonly reason?: string }
  | { readonly kind: 'failed'; readonly name: string; readonly place: string; readonly message: string }
  | { readonly kind: 'totals'; readonly counts: Readonly<Record<string, number>> };

const SLOW_FILES = 10;
const NAMES_MAX = 3; // Of tests that were skipped for one reason.
const MESSAGE_LINES_MAX = 25; // Of each failure: the whole of it stands further up, in the words of the test runner.
const FAILURES_EXPLAINED_MAX = 20;
/** Node's words for the counts, in the order of the alphabet. */
const TOTALS = ['cancelled', 'failed', 'passed', 'skipped', 'suites', 'tests', 'todo'] as const;
const WORDS: Readonly<Record<string, string>> = { failed: 'fail', passed: 'pass' };

/** Reads what the reporter wrote; a line that a killed process cut off does not count. */
export function parseOutcomes(text: string): readonly Outcome[] {
  const lines = text.split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as Outcome);
}

/** The lines of the summary. `broken` names groups of tests whose process ended without its totals; `brief` leaves out most of what was skipped. */
export function summaryOf(outcomes: readonly Outcome[], broken: readonly string[], brief: boolean): readonly string[] {
  const failed = outcomes.filter((outcome) => outcome.kind === 'failed');
  return [
    ...skippedLines(outcomes, brief),
    ...slowLines(outcomes),
    ...(failed.length > 0 ? ['# failed tests', ...failed.slice(0, FAILURES_EXPLAINED_MAX).flatMap(explained)] : []),
    ...failed.slice(FAILURES_EXPLAINED_MAX).map(({ name, place }) => `✖ ${name} (${place})`),
    ...broken.map((name) => `✖ the ${name} ended before their time; see above`),
    '# totals of all tests',
    ...totalLines(outcomes),
  ];
}

/** Tests that lack the same are told in one line. */
function skippedLines(outcomes: readonly Outcome[], brief: boolean): readonly string[] {
  const skipped = outcomes.filter((outcome) => outcome.kind === 'skipped');
  const byReason = Map.groupBy(skipped, ({ reason }) => reason ?? '');
  return [...byReason].map(([reason, tests]) => {
    const names =
      brief && tests.length > NAMES_MAX
        ? `${tests.length} tests, such as ${tests[0]!.name}`
        : tests.map(({ name }) => name).join('; ');
    return `skipped: ${names}${reason === '' ? '' : ` (${reason})`}`;
  });
}

function slowLines(outcomes: readonly Outcome[]): readonly string[] {
  const files = outcomes.filter((outcome) => outcome.kind === 'file').toSorted((a, b) => b.ms - a.ms);
  if (files.length === 0) return [];
  return [
    '# slowest files',
    ...files.slice(0, SLOW_FILES).map(({ file, ms }) => `${(ms / 1000).toFixed(1)} s ${file}`),
  ];
}

function explained({ name, place, message }: Extract<Outcome, { kind: 'failed' }>): readonly string[] {
  const lines = message.split('\n').filter((line) => line.trim() !== '' && !/^\s+at .*node:/.test(line));
  return [`✖ ${name} (${place})`, ...lines.slice(0, MESSAGE_LINES_MAX).map((line) => `    ${line}`)];
}

function totalLines(outcomes: readonly Outcome[]): readonly string[] {
  const all = outcomes.flatMap((outcome) => (outcome.kind === 'totals' ? [outcome.counts] : []));
  return TOTALS.map((name) => `ℹ ${WORDS[name] ?? name} ${all.reduce((sum, counts) => sum + (counts[name] ?? 0), 0)}`);
}
