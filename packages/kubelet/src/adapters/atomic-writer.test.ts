import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Payload } from '../host/disk.ts';
import { publish } from './atomic-writer.ts';
import { realDisk } from './disk.ts';

const payload = (files: Record<string, string>, mode = 0o640): Payload =>
  new Map(Object.entries(files).map(([path, text]) => [path, { bytes: Buffer.from(text), mode }]));

function inFolder(body: (folder: string) => Promise<void>): () => Promise<void> {
  return async () => {
    const folder = mkdtempSync(join(tmpdir(), 'steersman-writer-'));
    try {
      await body(folder);
    } finally {
      rmSync(folder, { recursive: true });
    }
  };
}

test(
  'publish() shows files through one link and swaps them all at once',
  inFolder(async (folder) => {
    await publish(folder, payload({ a: '1', 'deep/b': '2' }));
    assert.equal(readFileSync(join(folder, 'deep/b'), 'utf8'), '2');
    assert.equal(readlinkSync(join(folder, 'a')), '..data/a');
    assert.equal(statSync(join(folder, 'a')).mode & 0o777, 0o640);
    const before = readlinkSync(join(folder, '..data'));
    await publish(folder, payload({ a: 'new', c: '3' }));
    assert.notEqual(readlinkSync(join(folder, '..data')), before);
    assert.deepEqual(
      readdirSync(folder)
        .filter((name) => !name.startsWith('..'))
        .sort(),
      ['a', 'c'],
    );
    assert.equal(readdirSync(folder).filter((name) => name.startsWith('..2')).length, 1);
  }),
);

test(
  'publish() leaves everything alone when nothing has changed',
  inFolder(async (folder) => {
    await publish(folder, payload({ a: '1' }));
    const before = readlinkSync(join(folder, '..data'));
    await publish(folder, payload({ a: '1' }));
    assert.equal(readlinkSync(join(folder, '..data')), before);
  }),
);

test(
  'realDisk.resolveInside() makes what is missing and refuses what leads out',
  inFolder(async (folder) => {
    assert.equal(await realDisk.resolveInside(folder, 'a/b'), join(folder, 'a/b'));
    assert.equal(statSync(join(folder, 'a/b')).isDirectory(), true);
    assert.equal(await realDisk.resolveInside(folder, '../x'), undefined);
    await realDisk.write(join(folder, 'file'), { bytes: new Uint8Array(), mode: 0o600 });
    assert.equal(await realDisk.resolveInside(folder, 'file'), join(folder, 'file'));
  }),
);

test(
  'realDisk.readTail() reads the end of a file and knows when there is none',
  inFolder(async (folder) => {
    await realDisk.write(join(folder, 'log'), { bytes: Buffer.from('abcdef'), mode: 0o600 });
    assert.equal(Buffer.from((await realDisk.readTail(join(folder, 'log'), 2)) ?? []).toString(), 'ef');
    assert.equal(await realDisk.readTail(join(folder, 'none'), 2), undefined);
  }),
);
