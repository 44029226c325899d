import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { seededRandom } from '@steersman/machinery';
import { crashImages, type DiskOperation, parseDiskTrace } from './kill-test/disk-trace.ts';
import { checkState, parseAcknowledged, readState } from './kill-test/state.ts';

const WRITER = fileURLToPath(new URL('./kill-test/main.ts', import.meta.url));
const ACKNOWLEDGED_MAX = 1500;
const IMAGES = 80;
const canTrace = spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0;

/** Runs the writer under strace until it has had that many writes acknowledged. */
function record(folder: string): readonly DiskOperation[] {
  const trace = join(folder, 'trace');
  const calls = 'trace=openat,lseek,write,writev,pwrite64,fdatasync,fsync,ftruncate';
  const node = [
    process.execPath,
    '--conditions=steersman-source',
    WRITER,
    join(folder, 'store'),
    '0',
    String(ACKNOWLEDGED_MAX),
  ];
  const result = spawnSync('strace', ['-f', '-qq', '-xx', '-s', '1000000', '-e', calls, '-o', trace, ...node]);
  assert.equal(result.status, 0, String(result.stderr));
  return parseDiskTrace(readFileSync(trace, 'latin1'), 'data.mdb');
}

/** What the writer had told the world before an operation. */
function acknowledgedBefore(operations: readonly DiskOperation[], at: number) {
  const told = operations.slice(0, at).map((operation) => (operation.kind === 'told' ? operation.text : ''));
  return told.join('').split('\n').slice(1, -1).map(parseAcknowledged);
}

test('openLmdbStorage() has every acknowledged write after a power cut at any disk operation', {
  skip: !canTrace && 'needs strace',
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'steersman-power-'));
  const random = seededRandom(17);
  try {
    const operations = record(folder);
    const opened = operations.findIndex((operation) => operation.kind === 'told');
    assert.ok(opened > 0 && operations.filter(({ kind }) => kind === 'sync').length > 20);
    let lost = 0;
    const cuts = Array.from({ length: IMAGES }, () => opened + random.integer(operations.length - opened));
    cuts.sort((a, b) => a - b);
    for (const { at, image } of crashImages(operations, cuts, random)) {
      const store = join(folder, 'image');
      mkdirSync(store);
      writeFileSync(join(store, 'data.mdb'), image);
      const acknowledged = acknowledgedBefore(operations, at);
      checkState(await readState(store), acknowledged);
      lost += ACKNOWLEDGED_MAX - acknowledged.length;
      rmSync(store, { recursive: true });
    }
    assert.ok(lost > 0, 'the cuts came before the end');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
