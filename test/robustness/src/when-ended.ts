/** What must not be left behind, whatever ends us: folders, mounts, processes. Only SIGKILL gets past it. */

const undoings: (() => void)[] = [];

/**
 * Runs at the end of this process, the last one first, also when a signal or an error ends it. The function that comes back says
 * that it is no longer needed.
 */
export function whenEnded(undo: () => void): () => void {
  if (undoings.length === 0) heed();
  undoings.push(undo);
  return () => {
    const index = undoings.indexOf(undo);
    if (index >= 0) undoings.splice(index, 1);
  };
}

let heeding = false;

function heed(): void {
  if (heeding) return;
  heeding = true;
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)
    process.on(signal, () => process.exit(code));
  process.on('exit', () => {
    for (const undo of undoings.toReversed()) undo();
  });
}
