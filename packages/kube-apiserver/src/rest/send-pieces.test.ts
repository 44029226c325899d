import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ResponseStream } from '@steersman/server';
import type { CacheEntry } from '../cache/entry.ts';
import type { Exchange } from '../pipeline/exchange.ts';
import type { ListForm } from './list-forms.ts';
import type { RestContext } from './rest-context.ts';
import { sendPieces } from './send-pieces.ts';

const COUNT = 100;
const entries = Array.from({ length: COUNT }, (_, index) => ({ length: index }) as CacheEntry);

/** Items of ten bytes, encoded in a millisecond each. */
function scene() {
  let now = 0;
  let stretchStart = 0;
  const seen = { encoded: 0, longest: 0, headers: {} as Record<string, unknown>, sent: '' };
  const item = (_entry: CacheEntry, index: number) => {
    seen.encoded += 1;
    now += 1;
    seen.longest = Math.max(seen.longest, now - stretchStart);
    return Buffer.from(String(index).padStart(10, '.'));
  };
  const form: ListForm = {
    type: 'application/test',
    measured: true,
    item,
    ends: (bytes) => ({ head: Buffer.from(`<${bytes}>`), tail: Buffer.from('</>') }),
  };
  const rest = {
    effects: { clock: { monotonic: () => now } },
    turn: async () => {
      stretchStart = now;
    },
  } as unknown as RestContext;
  const stream = {
    write: (chunk: Uint8Array) => {
      seen.sent += Buffer.from(chunk).toString();
      return true;
    },
    closed: false,
    end: () => undefined,
  } as unknown as ResponseStream;
  const exchange = {
    request: { headers: {}, method: 'GET' },
    warnings: [],
    response: {
      stream: (_code: number, headers: Record<string, unknown>) => Object.assign(seen, { headers }) && stream,
    },
  } as unknown as Exchange;
  return { seen, form, rest, exchange };
}

const work = { encodes: 0, bytesCopied: 0 };
const whole = `<1000>${Array.from({ length: COUNT }, (_, index) => String(index).padStart(10, '.')).join('')}</>`;

for (const [held, encoded] of [
  [10_000, COUNT],
  [300, COUNT + 70],
  [0, 2 * COUNT],
] as const) {
  test(`sendPieces holds at most ${held} bytes of a list that has to be measured, and encodes ${encoded} items`, async () => {
    const { seen, form, rest, exchange } = scene();
    await sendPieces(rest, exchange, form, entries, work, held);
    assert.equal(seen.sent, whole);
    assert.equal(seen.headers['content-length'], whole.length);
    assert.equal(seen.encoded, encoded);
    assert.ok(seen.longest <= 10, `${seen.longest} ms without a turn for others`);
  });
}
