import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CacheEntry, type CacheEvent, NO_LABELS } from './entry.ts';
import type { Flush } from './flush-pacer.ts';
import type { Selection } from './selection.ts';
import { Slab } from './slab.ts';
import { type EventEncoder, WatchFanout } from './watch-fanout.ts';

function entry(name: string, fields: Record<string, string> = {}): CacheEntry {
  const range = { slab: new Slab(Buffer.alloc(0)), offset: 0, length: 0 };
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
  const flushes: Flush[] = [];
  const encoded: string[] = [];
  const encoder: EventEncoder = {
    key: 'test',
    event(type, { name }) {
      encoded.push(name);
      return Buffer.from(`${type} ${name};`);
    },
    bookmark: (revision) => Buffer.from(`BOOKMARK ${revision};`),
  };
  const fanout = new WatchFanout((flush) => flushes.push(flush));
  const sink = (bookmarks = false) => {
    const sent: string[] = [];
    return {
      sent,
      bookmarks,
      send: (frames: Uint8Array) => void sent.push(Buffer.from(frames).toString()),
      end: () => void sent.push('END'),
    };
  };
  /** One slice of what waits; late from the first time that anybody looks at the clock. */
  const endTurn = (late = false) => {
    for (const flush of flushes.splice(0)) {
      if (flush.run(() => late)) flush.finished();
      else flushes.push(flush);
    }
  };
  return { fanout, encoder, encoded, sink, endTurn };
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
  const { leave } = fanout.join(everything, encoder, late);
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
  const { fanout, encoder, sink, endTurn } = setUp();
  const [asked, silent] = [sink(true), sink(false)];
  fanout.join(everything, encoder, asked);
  fanout.join(everything, encoder, silent);
  fanout.publish(added('a'));
  fanout.bookmark(7);
  endTurn();
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

test('WatchFanout writes to many watchers in slices, in order, and gathers meanwhile for the next buffer', () => {
  const { fanout, encoder, sink, endTurn } = setUp();
  const sinks = Array.from({ length: 40 }, () => sink());
  for (const one of sinks) fanout.join(everything, encoder, one);
  fanout.publish(added('a'));
  endTurn(true);
  const reached = sinks.filter(({ sent }) => sent.length > 0).length;
  assert.ok(reached > 0 && reached < 40, `${reached} of 40 in the first slice`);
  fanout.publish(added('b'));
  fanout.publish(added('c'));
  const joined = sink();
  fanout.join(everything, encoder, joined);
  fanout.publish(added('d'));
  for (let slice = 0; slice < 20; slice++) endTurn(true);
  for (const { sent } of sinks) assert.deepEqual(sent, ['ADDED a;', 'ADDED b;ADDED c;', 'ADDED d;']);
  assert.deepEqual(joined.sent, ['ADDED d;']);
});

test('WatchFanout.end sends what waits although slices are under way', () => {
  const { fanout, encoder, sink, endTurn } = setUp();
  const sinks = Array.from({ length: 40 }, () => sink());
  for (const one of sinks) fanout.join(everything, encoder, one);
  fanout.publish(added('a'));
  endTurn(true);
  fanout.publish(added('b'));
  fanout.end();
  for (const { sent } of sinks) assert.deepEqual(sent, ['ADDED a;', 'ADDED b;', 'END']);
});

test('WatchFanout.join gives a way to one bookmark, after what waits', () => {
  const { fanout, encoder, sink, endTurn } = setUp();
  const [one, other] = [sink(true), sink(true)];
  const { bookmark } = fanout.join(everything, encoder, one);
  fanout.join(everything, encoder, other);
  fanout.publish(added('a'));
  bookmark(9);
  endTurn();
  assert.deepEqual([one.sent, other.sent], [['ADDED a;', 'BOOKMARK 9;'], ['ADDED a;']]);
});

test('WatchFanout encodes a bookmark once, however many groups get it', () => {
  const { fanout, encoder, sink, endTurn } = setUp();
  let made = 0;
  const counting = { ...encoder, bookmark: () => Buffer.from(`BOOKMARK ${++made};`) };
  const sinks = Array.from({ length: 30 }, () => sink(true));
  for (const [index, one] of sinks.entries()) fanout.join(onNode(`n${index}`), counting, one);
  fanout.bookmark(3);
  endTurn();
  for (const { sent } of sinks) assert.deepEqual(sent, ['BOOKMARK 1;']);
});

test('WatchFanout counts its work: an event for 500 watchers is matched, encoded and put together once', () => {
  const { fanout, encoder, sink, endTurn } = setUp();
  for (let watcher = 0; watcher < 500; watcher++) fanout.join(everything, encoder, sink());
  for (let node = 0; node < 100; node++) fanout.join(onNode(`n${node}`), encoder, sink());
  fanout.publish(added('a', { node: 'n7' }));
  fanout.publish(added('b', { node: 'n8' }));
  endTurn();
  const both = 'ADDED a;ADDED b;'.length;
  const bytesWritten = 500 * both + both;
  assert.deepEqual(fanout.work, { encodes: 2, matches: 4, bytesCopied: both, writes: 502, bytesWritten });
});
