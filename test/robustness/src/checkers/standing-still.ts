/** The part of R5 about watches that end nowhere: told nothing more, and not told so. */
import { revisionOf } from '../bounds.ts';
import type { CheckpointRecord, History, Instant, WatchRecord } from '../history.ts';
import type { Judgement } from './contract.ts';
import { nameOf } from './watch-order.ts';

/** After each fault, whoever watches must be told of what was written when nothing was wrong any more. */
export function judgeCheckpoints({ checkpoints, watches }: History, judgement: Judgement): void {
  for (const checkpoint of checkpoints) {
    const { from, at, followers, silent } = checkpoint;
    for (const server of silent)
      judgement.expect(false, () => `${server} took no write or answered no list, with nothing wrong`);
    for (const { server, color, reached } of followers) {
      const wanted = wantedOf(checkpoint, color);
      judgement.expect(
        reached >= wanted,
        () => `who follows ${server} stood still at ${reached} long after ${wanted}, with nothing wrong`,
      );
    }
    for (const watch of watches) {
      if (watch.openedAt > from || watch.closedAt < at) continue;
      const wanted = wantedOf(checkpoint, watch.color);
      const reached = reachedBy(watch, at);
      judgement.expect(
        reached >= wanted,
        () => `${nameOf(watch)} stood still at ${reached} long after ${wanted}, with nothing wrong`,
      );
    }
  }
}

/** What a watch with this selector must have been told of. */
export const wantedOf = (
  { revision, colors }: Pick<CheckpointRecord, 'revision' | 'colors'>,
  color: string | undefined,
) => (color === undefined ? revision : (colors[color] ?? 0));

/** How far a watch had told by then; 0 as long as the state it begins with is not complete. */
function reachedBy({ after, batches }: WatchRecord, by: Instant): number {
  let reached = after === 'state' ? 0 : after;
  let begun = after !== 'state';
  for (const { at, events } of batches) {
    if (at > by) break;
    for (const event of events) {
      begun ||= event.kind === 'progress' && event.initial === true;
      reached = Math.max(reached, revisionOf(event));
    }
  }
  return begun ? reached : 0;
}
