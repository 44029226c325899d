import type { Compare, KeyValue } from './contract.ts';

/** Whether a comparison holds for what is stored. */
export function holds(compare: Compare, current: KeyValue | undefined): boolean {
  const actual = compare.target === 'version' ? current?.version : current?.modRevision;
  return (actual ?? 0) === compare.equals;
}
