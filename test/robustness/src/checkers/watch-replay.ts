/** The part of R9 that an informer sees: each event must fit the copy that the events before it have made. */
import type { Item, WatchRecord } from '../history.ts';
import type { Judgement } from './contract.ts';
import { nameOf } from './watch-order.ts';

export function judgeReplay(watch: WatchRecord, judgement: Judgement): void {
  /** Of a key that is not there it is not known whether it exists, unless the watch began with the whole state. */
  const copy = new Map<string, Item | 'gone'>();
  const unknown = watch.after === 'state' ? 'gone' : undefined;
  let begun = watch.after !== 'state';
  for (const event of watch.batches.flatMap((batch) => batch.events)) {
    if (event.kind === 'progress') {
      if (event.initial !== true) continue;
      judgement.expect(!begun, () => `${nameOf(watch)} said once more that the state is complete`);
      begun = true;
      continue;
    }
    const { kind, item } = event;
    const before = copy.get(item.key) ?? unknown;
    copy.set(item.key, kind === 'deleted' ? 'gone' : item);
    if (before === undefined) continue;
    const told = `${nameOf(watch)} told of revision ${item.revision} of ${item.key} as "${kind}"`;
    const isThere = before !== 'gone';
    judgement.expect(
      isThere === (kind !== 'added'),
      () => `${told}, but ${isThere ? 'had told of it' : 'it was gone'}`,
    );
    if (before === 'gone' || kind === 'added') continue;
    const same = before.identity === item.identity || before.identity === undefined || item.identity === undefined;
    judgement.expect(same, () => `${told}, but it is another object than at ${before.revision}`);
  }
}
