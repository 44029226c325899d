/**
 * The process that kill.system.test.ts kills and power-loss.system.test.ts records: many writers, each acknowledged write told on standard output, a line
 * each: `<writer> <sequence> <revision>`. Every write of writer w with sequence s is one transaction of two keys, so that
 * half a transaction would show; some delete both. Besides, short-lived keys are written, which expire.
 */
import { writeSync } from 'node:fs';
import { realClock, silentLogger } from '@steersman/machinery';
import { openLmdbStorage } from '../open.ts';
import { deletes, pairOf, SHORT_KEYS, SHORT_SECONDS, WRITERS } from './script.ts';

const SHORT_EVERY = 5;
const [folder = '', firstSequence = '0', acknowledgedMax = 'Infinity'] = process.argv.slice(2);
let acknowledged = 0;

const storage = await openLmdbStorage({ folder, clock: realClock(), log: silentLogger });
writeSync(1, 'open\n');

async function write(writer: number): Promise<never> {
  for (let sequence = Number(firstSequence); ; sequence += 1) {
    const value = Buffer.from(JSON.stringify({ writer, sequence, filling: 'x'.repeat((sequence * 37) % 3000) }));
    if (sequence % SHORT_EVERY === 0) await writeShort(`/t/${writer}/${(sequence / SHORT_EVERY) % SHORT_KEYS}`, value);
    const pair = ['a', 'b'].map((half) => `${pairOf(writer, sequence)}/${half}`);
    const { revision } = await storage.transact({
      when: [],
      write: pair.map((key) => (deletes(sequence) ? { kind: 'delete', key } : { kind: 'put', key, value })),
    });
    writeSync(1, `${writer} ${sequence} ${revision}\n`);
    acknowledged += 1;
    if (acknowledged >= Number(acknowledgedMax)) process.exit();
  }
}

const writeShort = (key: string, value: Buffer) =>
  storage.transact({ when: [], write: [{ kind: 'put', key, value, ttlSeconds: SHORT_SECONDS }] });

async function compactNowAndThen(): Promise<never> {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    await storage.compact(Math.max(0, (await storage.currentRevision()) - 100));
  }
}

await Promise.all([...Array.from({ length: WRITERS }, (_, writer) => write(writer)), compactNowAndThen()]);
