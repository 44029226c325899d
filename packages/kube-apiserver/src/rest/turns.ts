/**
 * Turns of the event loop for long work, one piece of it in each: were all that wait let go on at once, a hundred lists would hold up
 * everybody else a hundred times as long as one. `afterTurn` calls back in a later turn.
 */
export function createTurns(afterTurn: (callback: () => void) => void): () => Promise<void> {
  const waiting: (() => void)[] = [];
  const next = () => {
    const goOn = waiting.shift();
    // Asked for before the work goes on, so that what it waits for next comes behind the others.
    if (waiting.length > 0) afterTurn(next);
    goOn?.();
  };
  return () =>
    new Promise((resolve) => {
      if (waiting.push(resolve) === 1) afterTurn(next);
    });
}
