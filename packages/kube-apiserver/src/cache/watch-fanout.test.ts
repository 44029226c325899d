import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CacheEntry, type CacheEvent, NO_LABELS } from './entry.ts';
import type { Selection } from './selection.ts';
import { Slab } from './slab.ts';
import { type EventEncoder, WatchFanout } from './watch-fanout.ts';

function entry(name: string, fields: Record<string, string> = {}): CacheEntry {
  const range = { slab: new Slab(0), offset: 0, length: 0 };
  return new CacheEntry({ key: name, namespace: 'ns', name, revision: 1 }, range, { labels: NO_LABELS, fields });
}
const added = (name: string, fields: Record<string, string> = {}): CacheEvent => ({
  kind: 'added',
  revision: 1,
  entry: entry(name, fields),
  previous: undefined,
  frames: undefined,
});
const everything: Selection = { namespace: undefined, name: undefined, labels: undefined, fields: [], text: '' };
const onNode = (node: string): Selection => ({
  ...everything,
  fields: [{ field: 'node', value: node, equal: true }],
  text: node,
});

function setUp() {
  const turns: (() => void)[] = [];
  const encoded: string[] = [];
  const encoder: EventEncoder = {
    key: 'test',
    event(type, { name }) {
      encoded.push(name);
      return Buffer.from(`${type} ${name};`);
    },
    bookmark: (revision) => Buffer.from(`BOOKMARK ${revision};`),
  };
  const fanout = new WatchFanout((flush) => turns.push(flush));
  const sink = (bookmarks = false) => {
    const sent: string[] = [];
    return {
      sent,
      bookmarks,
      send: (frames: Uint8Array) => void sent.push(Buffer.from(frames).toString()),
      end: () => void sent.push('END'),
    };
  };
  return { fanout, encoder, encoded, sink, endTurn: () => turns.splice(0).forEach((flush) => void flush()) };
}

test('WatchFanout encodes an event once and sends what one turn brought in one piece', () => {
  const { fanout, encoder, encoded, sink, endTurn } = setUp();
  const [first, second] = [sink(), sink()];
  fanout.join(everything, encoder, first);
  fanout.join(everything, encoder, second);
  fanout.publish(added('a'));
  fanout.publish(added('b'));
  assert.deepEqual(first.sent, []);
  endTurn();
  assert.deepEqual([first.sent, second.sent, encoded], [['ADDED a;ADDED b;'], ['ADDED a;ADDED b;'], ['a', 'b']]);
});

test('WatchFanout.join does not show a new watcher what came before it', () => {
  const { fanout, encoder, sink, endTurn } = setUp();
  const [early, late] = [sink(), sink()];
  fanout.join(everything, encoder, early);
  fanout.publish(added('a'));
  const leave = fanout.join(everything, encoder, late);
  fanout.publish(added('b'));
  endTurn();
  assert.deepEqual([early.sent.join(''), late.sent.join('')], ['ADDED a;ADDED b;', 'ADDED b;']);
  leave();
  fanout.publish(added('c'));
  endTurn();
  assert.equal(late.sent.length, 1);
});

test('WatchFanout finds watchers by field, and tells both when an object moves from one to the other', () => {
  const { fanout, encoder, sink, endTurn } = setUp();
  const [here, there] = [sink(), sink()];
  fanout.join(onNode('n1'), encoder, here);
  fanout.join(onNode('n2'), encoder, there);
  fanout.publish(added('a', { node: 'n1' }));
  fanout.publish({
    kind: 'modified',
    revision: 2,
    entry: entry('a', { node: 'n2' }),
    previous: entry('a', { node: 'n1' }),
    frames: undefined,
  });
  endTurn();
  assert.deepEqual([here.sent, there.sent], [['ADDED a;DELETED a;'], ['ADDED a;']]);
});

test('WatchFanout.bookmark reaches those that asked, after what waits', () => {
  const { fanout, encoder, sink } = setUp();
  const [asked, silent] = [sink(true), sink(false)];
  fanout.join(everything, encoder, asked);
  fanout.join(everything, encoder, silent);
  fanout.publish(added('a'));
  fanout.bookmark(7);
  assert.deepEqual([asked.sent, silent.sent], [['ADDED a;', 'BOOKMARK 7;'], ['ADDED a;']]);
});

test('WatchFanout encodes an event once and puts it together once for 500 watchers', () => {
  const { fanout, encoder, encoded, endTurn } = setUp();
  const received = new Set<Uint8Array>();
  let sends = 0;
  const send = (frames: Uint8Array) => {
    received.add(frames);
    sends += 1;
  };
  for (let watcher = 0; watcher < 500; watcher++)
    fanout.join(everything, encoder, { bookmarks: false, send, end: () => undefined });
  fanout.publish(added('a'));
  fanout.publish(added('b'));
  endTurn();
  assert.deepEqual([encoded, sends, received.size], [['a', 'b'], 500, 1]);
});
