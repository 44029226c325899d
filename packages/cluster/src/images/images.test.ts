import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { extract } from 'tar-stream';
import { imageArchive } from './archive.ts';
import { busyboxImage, libraryPath, pauseImage } from './catalogue.ts';
import { initProgram } from './init-program.ts';
import { layerTar, layerTarSize } from './layer.ts';

async function bytesOf(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function filesOf(archive: Buffer): Promise<ReadonlyMap<string, Buffer>> {
  const files = new Map<string, Buffer>();
  const reader = extract();
  reader.end(archive);
  for await (const entry of reader) files.set(entry.header.name, await bytesOf(entry as AsyncIterable<Uint8Array>));
  return files;
}

test('initProgram() is a small ELF executable whose entry follows its headers', () => {
  const program = Buffer.from(initProgram());
  assert.equal(program.subarray(0, 4).toString('latin1'), '\x7fELF');
  assert.equal(program.readBigUInt64LE(24), 0x400000n + 120n);
  assert.equal(program.length < 256, true);
});

test('imageArchive() gives the same bytes every time', async () => {
  const [first, second] = await Promise.all([
    bytesOf(imageArchive([pauseImage()])),
    bytesOf(imageArchive([pauseImage()])),
  ]);
  assert.equal(first.equals(second), true);
});

test('imageArchive() names every blob by its digest and size', async () => {
  const files = await filesOf(await bytesOf(imageArchive([pauseImage()])));
  for (const [path, content] of files) {
    if (!path.startsWith('blobs/')) continue;
    assert.equal(path, `blobs/sha256/${createHash('sha256').update(content).digest('hex')}`);
  }
  const index = JSON.parse(files.get('index.json')!.toString());
  const manifest = JSON.parse(files.get(`blobs/sha256/${index.manifests[0].digest.slice(7)}`)!.toString());
  assert.equal(manifest.layers[0].size, files.get(`blobs/sha256/${manifest.layers[0].digest.slice(7)}`)!.length);
  assert.deepEqual(
    index.manifests.map(
      (entry: { annotations: Record<string, string> }) => entry.annotations['io.containerd.image.name'],
    ),
    ['registry.k8s.io/pause:3.10', 'steersman.local/pause:1'],
  );
});

test('layerTarSize() is the length of layerTar(), files of the machine included', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'layer-'));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'binary'), Buffer.alloc(1300, 7));
  const image = busyboxImage(join(folder, 'binary'), ['bin/sh', 'usr/bin/wget', 'bin/busybox']);
  const tar = await bytesOf(layerTar(image.layers[0]!));
  assert.equal(tar.length, layerTarSize(image.layers[0]!));
  const files = await filesOf(tar);
  assert.equal(files.get('bin/busybox')?.length, 1300);
  assert.equal(files.has('usr/'), true);
  assert.deepEqual([...files.keys()], [...files.keys()].sort());
});

test('libraryPath() puts libraries where the loader looks, also those that lay elsewhere', () => {
  assert.equal(libraryPath('/lib/x86_64-linux-gnu/libc.so.6'), 'lib/x86_64-linux-gnu/libc.so.6');
  assert.equal(libraryPath('/lib64/ld-linux-x86-64.so.2'), 'lib64/ld-linux-x86-64.so.2');
  assert.equal(libraryPath('/home/me/steersman/.cache/lib/libatomic.so.1'), 'usr/lib/libatomic.so.1');
});
