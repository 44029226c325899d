import { type LabelSet, NO_LABELS } from './entry.ts';

const POOL_SETS_MAX = 100_000; // Beyond it equal sets are no longer shared; nothing else changes.

/** Makes equal label sets, given as JSON, one value: thousands of pods of one Deployment share theirs. */
export function labelPool(): (text: string) => LabelSet {
  const pool = new Map<string, LabelSet>();
  return (text) => {
    if (text === '{}' || text === 'null') return NO_LABELS;
    const known = pool.get(text);
    if (known !== undefined) return known;
    if (pool.size >= POOL_SETS_MAX) pool.clear();
    const own: LabelSet = Object.freeze(JSON.parse(text) as LabelSet);
    pool.set(text, own);
    return own;
  };
}
