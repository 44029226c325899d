import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { markFolder, purgeFolder } from './adapters/purge.ts';
import { mountsUnder } from './mounts.ts';

test('mountsUnder() lists what is below the folder, deepest first, with escapes read', () => {
  const line = (point: string) => `65 43 0:42 / ${point} rw shared:34 - tmpfs tmpfs rw`;
  const text = ['/', '/data', '/data/a', '/data/a/b\\040c', '/database', '/data/d'].map(line).join('\n');
  assert.deepEqual(mountsUnder('/data', text), ['/data/a/b c', '/data/d', '/data/a', '/data']);
});

test('purgeFolder() removes a marked folder without following links, and refuses any other', async (t) => {
  const base = mkdtempSync(join(tmpdir(), 'purge-'));
  t.after(() => rmSync(base, { recursive: true }));
  const [ours, theirs] = [join(base, 'ours'), join(base, 'theirs')];
  for (const folder of [ours, theirs]) mkdirSync(folder);
  markFolder(ours);
  mkdirSync(join(ours, 'deep'));
  writeFileSync(join(theirs, 'precious'), 'x');
  symlinkSync(theirs, join(ours, 'deep', 'link'));
  await purgeFolder(ours);
  assert.equal(existsSync(ours), false);
  assert.equal(existsSync(join(theirs, 'precious')), true);
  await assert.rejects(purgeFolder(theirs), { code: 'not-ours' });
  assert.throws(() => markFolder(theirs), { code: 'not-ours' });
});
