import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const FILLER = fileURLToPath(new URL('./disk-full-test/main.ts', import.meta.url));
const canMount = spawnSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'none', tmpdir()]).status === 0;

test('openLmdbStorage() refuses writes while the disk is full, still reads, writes when there is room again, and loses nothing', {
  skip: !canMount && 'needs root and unshare, to mount a small tmpfs in a namespace of its own',
}, () => {
  const folder = mkdtempSync(join(tmpdir(), 'steersman-full-'));
  try {
    const script = 'mount -t tmpfs -o size=6m none "$1" && exec "$2" --conditions=steersman-source "$3" "$1/store"';
    const result = spawnSync('unshare', ['-m', 'sh', '-c', script, 'sh', folder, process.execPath, FILLER]);
    assert.equal(result.status, 0, String(result.stderr));
    const seen = JSON.parse(String(result.stdout).trim().split('\n').at(-1) ?? '');
    assert.equal(seen.refused, 8, 'every writer was told');
    assert.match(seen.reason, /No space left on device.*read-only until the disk takes writes again/);
    assert.ok(seen.full > 500);
    assert.equal(seen.acknowledged, seen.full + 1, 'a write after there was room again');
    assert.deepEqual([seen.count, seen.reopened], [seen.full, seen.acknowledged]);
  } finally {
    rmdirSync(folder);
  }
});
