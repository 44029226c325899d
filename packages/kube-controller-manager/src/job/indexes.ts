import type { Pod } from '@steersman/api';

export const INDEX_ANNOTATION = 'batch.kubernetes.io/job-completion-index';

/** Reads `0,2-4` into a set of numbers below `completions`; text that is not such a list counts as empty. */
export function parseIndexes(text: string | undefined, completions: number): ReadonlySet<number> {
  const indexes = new Set<number>();
  for (const part of (text ?? '').split(',')) {
    const match = /^(\d+)(?:-(\d+))?$/.exec(part);
    if (match === null) continue;
    const first = Number(match[1]);
    const last = Math.min(Number(match[2] ?? match[1]), completions - 1);
    for (let index = first; index <= last; index += 1) indexes.add(index);
  }
  return indexes;
}

/** Writes a set as `0,2-4`: runs of two or more are joined by a comma or a dash as upstream does. */
export function formatIndexes(indexes: ReadonlySet<number>): string {
  const parts: string[] = [];
  let start: number | undefined;
  let previous = -2;
  const flush = () => {
    if (start !== undefined)
      parts.push(
        previous === start ? `${start}` : previous === start + 1 ? `${start},${previous}` : `${start}-${previous}`,
      );
  };
  for (const index of [...indexes].toSorted((a, b) => a - b)) {
    if (index !== previous + 1) {
      flush();
      start = index;
    }
    previous = index;
  }
  flush();
  return parts.join(',');
}

/** The completion index of a pod; undefined when it has none. */
export function indexOf({ metadata }: Pod): number | undefined {
  const text = metadata.annotations?.[INDEX_ANNOTATION];
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}
