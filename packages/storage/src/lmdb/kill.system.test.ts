import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { realClock, silentLogger } from '@steersman/machinery';
import type { KeyValue } from '../contract.ts';
import { openLmdbStorage } from './open.ts';

const ROUNDS = 12;
const WRITER = fileURLToPath(new URL('./kill-test/main.ts', import.meta.url));

interface Acknowledged {
  readonly writer: number;
  readonly sequence: number;
  readonly revision: number;
}

/** Lets the writer work for a while, kills it, and returns what it had acknowledged: whole lines only. */
async function writeUntilKilled(
  folder: string,
  firstSequence: number,
  afterMs: number,
): Promise<readonly Acknowledged[]> {
  const args = ['--conditions=steersman-source', WRITER, folder, String(firstSequence)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (output === '') setTimeout(() => child.kill('SIGKILL'), afterMs);
    output += text;
  });
  const [, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) =>
    child.on('close', (code, by) => resolve([code, by])),
  );
  assert.equal(signal, 'SIGKILL', 'the writer ran until it was killed');
  const lines = output.split('\n').slice(1, -1);
  return lines.map((line) => {
    const [writer = 0, sequence = 0, revision = 0] = line.split(' ').map(Number);
    return { writer, sequence, revision };
  });
}

async function readAll(folder: string) {
  const storage = await openLmdbStorage({ folder, clock: realClock(), log: silentLogger });
  const { items } = await storage.range({ start: '/w/', end: '/w0' });
  const compacted = await storage.compactedRevision();
  const revision = await storage.currentRevision();
  const events: number[] = [];
  if (compacted < revision) {
    const { promise, resolve } = Promise.withResolvers<void>();
    storage.watch({ start: '/', end: '0', afterRevision: compacted }, (batch) => {
      for (const event of batch.events) if (event.kind === 'put') events.push(event.current.modRevision);
      if (batch.revision >= revision) resolve();
    });
    await promise;
  }
  await storage.close();
  return { items: new Map(items.map((item) => [item.key, item])), compacted, revision, events };
}

const contentOf = (item: KeyValue): { writer: number; sequence: number } =>
  JSON.parse(Buffer.from(item.value).toString());

test('openLmdbStorage() has every acknowledged write after kill -9 at any moment', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'steersman-kill-'));
  let total = 0;
  let lastRevision = 0;
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      const acknowledged = await writeUntilKilled(folder, round * 1_000_000, 20 + ((round * 97) % 400));
      const { items, revision, compacted, events } = await readAll(folder);
      for (const { writer, sequence, revision: written } of acknowledged) {
        assert.ok(written > lastRevision && written <= revision, 'revisions go on from the last process');
        const key = `/w/${String(writer).padStart(2, '0')}/${sequence % 50}`;
        const item = items.get(`${key}/a`);
        assert.ok(item !== undefined, `${key} was acknowledged and is gone`);
        const content = contentOf(item);
        // A later write of the same key may be there: acknowledged, or under way when the process died.
        assert.ok(
          content.sequence >= sequence && content.writer === writer,
          `${key} holds ${content.sequence}, not ${sequence}`,
        );
        if (content.sequence === sequence) assert.equal(item.modRevision, written);
      }
      for (const [key, item] of items) {
        const twin = items.get(key.replace(/a$/, 'b'));
        assert.equal(twin?.modRevision, item.modRevision, `${key} is half of a transaction`);
        assert.equal(contentOf(item).sequence, contentOf(twin!).sequence);
      }
      const expected = Array.from({ length: (revision - compacted) * 2 }, (_, at) => compacted + 1 + (at >> 1));
      assert.deepEqual(events, expected, 'every revision has its two events, in order');
      total += acknowledged.length;
      lastRevision = revision;
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  assert.ok(total > 1000, `only ${total} writes were acknowledged`);
  console.log(`kill -9: ${ROUNDS} rounds, ${total} acknowledged writes, none missing`);
});
