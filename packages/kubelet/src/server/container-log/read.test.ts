import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeClock } from '@steersman/machinery';
import type { LogOptions } from '../contract.ts';
import { parseLogLine } from './line.ts';
import { type LogFile, type LogFiles, type ReadContainerLogOptions, readContainerLog, tailOffset } from './read.ts';

const plain: LogOptions = { follow: false, timestamps: false, stream: 'All' };
const at = (second: number) => `2026-11-22T16:00:0${second}.000000001Z`;

/** Files in memory: names point at contents that may grow, as on disk. */
function memoryFiles(names: Map<string, { id: string; text: string }>): LogFiles {
  return {
    async open(path): Promise<LogFile | undefined> {
      const content = names.get(path);
      if (content === undefined) return undefined;
      return {
        identity: content.id,
        size: async () => content.text.length,
        read: async (offset, length) => Buffer.from(content.text.slice(offset, offset + length)),
        close: async () => {},
      };
    },
    identityOf: async (path) => names.get(path)?.id,
  };
}

async function read(
  text: string,
  log: Partial<LogOptions>,
  more: Partial<ReadContainerLogOptions> = {},
): Promise<string> {
  const files = memoryFiles(new Map([['/log', { id: '1', text }]]));
  const options = { files, path: '/log', log: { ...plain, ...log }, running: async () => false, clock: fakeClock() };
  let output = '';
  for await (const chunk of readContainerLog({ ...options, signal: new AbortController().signal, ...more })) {
    output += Buffer.from(chunk).toString();
  }
  return output;
}

const SAMPLE = `${at(1)} stdout F one\n${at(2)} stderr P two-\n${at(3)} stderr F half\n${at(4)} stdout F \n`;

test('parseLogLine() reads empty text and refuses what is not the format', () => {
  assert.equal(parseLogLine(Buffer.from(`${at(1)} stdout F `))?.text.length, 0);
  assert.equal(parseLogLine(Buffer.from('{"log":"json"}')), undefined);
});

test('readContainerLog() joins partial lines and keeps empty ones', async () => {
  assert.equal(await read(SAMPLE, {}), 'one\ntwo-half\n\n');
});

test('readContainerLog() prefixes each line once with its timestamp', async () => {
  assert.equal(await read(SAMPLE, { timestamps: true }), `${at(1)} one\n${at(2)} two-half\n${at(4)} \n`);
});

test('readContainerLog() obeys tailLines, sinceMs, stream and limitBytes', async () => {
  assert.equal(await read(SAMPLE, { tailLines: 1 }), '\n');
  assert.equal(await read(SAMPLE, { tailLines: 0 }), '');
  assert.equal(await read(SAMPLE, { tailLines: 99 }), 'one\ntwo-half\n\n');
  assert.equal(await read(SAMPLE, { sinceMs: Date.parse('2026-11-22T16:00:03Z') }), 'half\n\n');
  assert.equal(await read(SAMPLE, { stream: 'Stderr' }), 'two-half\n');
  assert.equal(await read(SAMPLE, { limitBytes: 6 }), 'one\ntw');
});

test('readContainerLog() prints a last line that has no newline yet', async () => {
  assert.equal(await read(`${at(1)} stdout F cut`, {}), 'cut\n');
});

test('tailOffset() finds lines that lie many blocks before the end', async () => {
  const line = `${'x'.repeat(9_999)}\n`;
  const file = await memoryFiles(new Map([['/log', { id: '1', text: line.repeat(50) }]])).open('/log');
  assert.equal(await tailOffset(file!, 30), 200_000);
});

test('readContainerLog() follows growth and rotation until the container ends', async () => {
  const first = { id: '1', text: `${at(1)} stdout F before\n` };
  const names = new Map([['/log', first]]);
  const clock = fakeClock();
  const steps = [
    () => {
      first.text += `${at(2)} stdout F grown\n`;
    },
    () => {
      first.text += `${at(3)} stdout F last of the old file\n`;
      names.set('/log', { id: '2', text: `${at(4)} stdout F rotated\n` });
    },
  ];
  const stepping = { ...clock, sleep: async () => steps.shift()?.() };
  const output = await read(
    '',
    { follow: true },
    { files: memoryFiles(names), clock: stepping, running: async () => steps.length > 0 },
  );
  assert.equal(output, 'before\ngrown\nlast of the old file\nrotated\n');
});
