/**
 * What a run of tests came to, for whoever started it: a line of JSON for each file, each failure and each skipped test, to be read
 * with `parseOutcomes`. Which tests failed is then said once, at the very end of everything.
 */
import { relative } from 'node:path';
import type { TestEvent } from 'node:test/reporters';
import { type Outcome, STDERR_CHARACTERS_MAX } from './summary.ts';

type Ended = Extract<TestEvent, { type: 'test:fail' | 'test:pass' }>;

export default async function* outcomes(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const parents: string[] = [];
  const errors = new Map<string, string>();
  for await (const event of source) {
    if (event.type === 'test:start') parents.splice(event.data.nesting, Number.POSITIVE_INFINITY, event.data.name);
    if (event.type === 'test:stderr') remember(errors, event.data);
    const outcome = outcomeOf(event, parents, errors);
    if (outcome !== undefined) yield `${JSON.stringify(outcome)}\n`;
  }
}

/** A file that cannot even be loaded says why on its standard error only. */
function remember(errors: Map<string, string>, { file, message }: { file: string; message: string }): void {
  errors.set(placeOf(file), ((errors.get(placeOf(file)) ?? '') + message).slice(-STDERR_CHARACTERS_MAX));
}

function outcomeOf(
  event: TestEvent,
  parents: readonly string[],
  errors: ReadonlyMap<string, string>,
): Outcome | undefined {
  if (event.type === 'test:summary') {
    const { file, counts, duration_ms: ms } = event.data;
    return file === undefined ? { kind: 'totals', counts } : { kind: 'file', file: placeOf(file), ms };
  }
  if (event.type === 'test:fail') return failureOf(event, parents, errors);
  if (event.type !== 'test:pass' || event.data.details.type === 'suite') return undefined;
  const { skip, name } = event.data;
  if (skip === undefined || skip === false) return undefined;
  return { kind: 'skipped', name, ...(typeof skip === 'string' && { reason: skip }) };
}

/** Undefined for a suite that failed only because a test in it did. */
function failureOf({ data }: Ended, parents: readonly string[], errors: ReadonlyMap<string, string>) {
  const error = 'error' in data.details ? data.details.error : undefined;
  const { failureType, cause } = (error ?? {}) as { failureType?: string; cause?: unknown };
  if (failureType === 'subtestsFailed') return undefined;
  const place = placeOf(data.file ?? '');
  const isFile = placeOf(data.name) === place;
  const said = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause ?? error?.message ?? '');
  const message = isFile ? `${said}\n${errors.get(place) ?? ''}` : said;
  const name = [...parents.slice(0, data.nesting), data.name].join(' > ');
  return { kind: 'failed', name, place: `${place}:${data.line ?? 0}`, message } as const;
}

const placeOf = (file: string) => relative('', file);
