/**
 * The process that kill.system.test.ts kills and power-loss.system.test.ts records: many writers, each acknowledged write told on standard output, a line
 * each: `<writer> <sequence> <revision>`. Every write of writer w with sequence s is one transaction of two keys, so that
 * half a transaction would show.
 */
import { writeSync } from 'node:fs';
import { realClock, silentLogger } from '@steersman/machinery';
import { openLmdbStorage } from '../open.ts';

const WRITERS = 32;
const KEYS_PER_WRITER = 50;
const [folder = '', firstSequence = '0', acknowledgedMax = 'Infinity'] = process.argv.slice(2);
let acknowledged = 0;

const storage = await openLmdbStorage({ folder, clock: realClock(), log: silentLogger });
writeSync(1, 'open\n');

async function write(writer: number): Promise<never> {
  for (let sequence = Number(firstSequence); ; sequence += 1) {
    const key = `/w/${String(writer).padStart(2, '0')}/${sequence % KEYS_PER_WRITER}`;
    const value = Buffer.from(JSON.stringify({ writer, sequence, filling: 'x'.repeat((sequence * 37) % 3000) }));
    const { revision } = await storage.transact({
      when: [],
      write: [
        { kind: 'put', key: `${key}/a`, value },
        { kind: 'put', key: `${key}/b`, value },
      ],
    });
    writeSync(1, `${writer} ${sequence} ${revision}\n`);
    acknowledged += 1;
    if (acknowledged >= Number(acknowledgedMax)) process.exit();
  }
}

async function compactNowAndThen(): Promise<never> {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    await storage.compact(Math.max(0, (await storage.currentRevision()) - 100));
  }
}

await Promise.all([...Array.from({ length: WRITERS }, (_, writer) => write(writer)), compactNowAndThen()]);
