/** A namespaced host with a containerd of its own, images built here, nothing left behind. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { realClock } from '@steersman/machinery';
import {
  ensureContainerd,
  imageNames,
  importImages,
  installedContainerdVersion,
} from '../containerd/adapters/containerd.ts';
import { busyboxImageOf } from '../images/adapters/programs.ts';
import { imageArchive } from '../images/archive.ts';
import { BUSYBOX_IMAGE, PAUSE_IMAGE, pauseImage } from '../images/catalogue.ts';
import { hasProgram } from '../preflight/adapters/machine.ts';
import { missingPackages, NODE_NEEDS } from '../preflight/packages.ts';
import { findProgram, run, tryRun } from '../programs/adapters/run.ts';
import {
  ensureHost,
  ensureMountPoints,
  insideHost,
  removeMountPoints,
  runningHost,
  stopHost,
} from './adapters/host.ts';

function reasonToSkip(): string | false {
  if (process.getuid?.() !== 0) return 'needs root';
  const missing = missingPackages(NODE_NEEDS, hasProgram);
  return missing.length === 0 ? false : `needs the packages ${missing.join(' ')}`;
}

test('ensureHost() and ensureContainerd() give a node that runs an image built here', {
  skip: reasonToSkip(),
}, async (t) => {
  const clock = realClock();
  const alive = setInterval(() => {}, 1_000);
  const base = mkdtempSync(join(tmpdir(), 'steersman-host-'));
  const folder = join(base, 'node');
  const made = ensureMountPoints();
  t.after(async () => {
    await stopHost(folder, clock);
    rmSync(base, { recursive: true });
    removeMountPoints(made);
    clearInterval(alive);
  });
  const host = await ensureHost({ name: 'node-1', folder, init: join(base, 'init'), ownNetwork: true }, clock);
  assert.deepEqual((await ensureHost(host.plan, clock)).init, host.init, 'a second call finds the first host');
  assert.equal((await run(insideHost(host, ['hostname']))).trim(), 'node-1');
  assert.equal((await run(insideHost(host, ['ip', '-brief', 'link']))).trim().split('\n').length, 1, 'only lo');

  await ensureContainerd(host, await installedContainerdVersion(), clock);
  await importImages(host, imageArchive([pauseImage(), await busyboxImageOf(findProgram('busybox')!)]));
  const names = await imageNames(host);
  assert.deepEqual([names.includes(PAUSE_IMAGE), names.includes(BUSYBOX_IMAGE)], [true, true]);
  const container = [
    'ctr',
    '--namespace',
    'k8s.io',
    'run',
    '--rm',
    BUSYBOX_IMAGE,
    'test',
    'sh',
    '-c',
    'exit $((6 * 7))',
  ];
  // Of a container that ends at once, ctr may cut the output off; the exit code it tells.
  assert.equal((await tryRun(insideHost(host, container))).code, 42);

  const { pid } = host.init;
  await stopHost(folder, clock);
  assert.equal(runningHost(folder), undefined);
  assert.equal(existsSync(`/proc/${pid}/ns`), false);
  assert.equal(readFileSync('/proc/self/mountinfo', 'utf8').includes(base), false);
});
