/**
 * R2: what was acknowledged, or shown to anybody, is there for good. Judged on what the servers hold at the end, after all the
 * crashes: for every key it must be the last version that anybody was told of. And of deletions, on what watches were told.
 */
import { judgeAcknowledgedDeletions, judgePurges } from './causes.ts';
import { type Checker, type Evidence, Judgement } from './contract.ts';
import { judgeTimesToLive } from './expiry.ts';

export const durable: Checker = {
  property: 'R2',
  promise: 'what was acknowledged or shown survives every crash',
  check(evidence) {
    const judgement = new Judgement();
    judgeFinals(evidence, judgement);
    judgeAcknowledgedDeletions(evidence, judgement);
    judgePurges(evidence, judgement);
    judgeTimesToLive(evidence, judgement);
    return judgement.verdict();
  },
};

function judgeFinals({ history, world }: Evidence, judgement: Judgement): void {
  const newest = world.changes.at(-1)?.revision ?? 0;
  for (const final of history.finals) {
    const held = new Map(final.items.map((item) => [item.key, item]));
    judgement.expect(
      final.revision >= newest,
      () => `${final.source} ended at revision ${final.revision}, but ${newest} was shown`,
    );
    for (const key of world.keys()) {
      const last = world.at(key, final.revision);
      if (last === undefined) continue;
      const item = held.get(key);
      // An absent key is explained by a deletion that nobody could see happen.
      const unseenDeletion = item === undefined && !world.certain(key, final.revision);
      judgement.expect(item?.revision === last.item?.revision || unseenDeletion, () => {
        const was = last.item === undefined ? `was deleted at ${last.revision}` : `was written at ${last.revision}`;
        return `${key} ${was}, but ${final.source} (${final.via}) holds ${item === undefined ? 'nothing' : `revision ${item.revision}`}`;
      });
    }
  }
}
