/** The kubelet on a containerd of its own in a namespaced host; nothing stays behind. The tests are in system/inside.ts. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  busyboxImageOf,
  ensureContainerd,
  ensureHost,
  ensureMountPoints,
  findProgram,
  hasProgram,
  imageArchive,
  importImages,
  insideHost,
  installedContainerdVersion,
  missingPackages,
  NODE_NEEDS,
  pauseImage,
  stopHost,
} from '@steersman/cluster';
import { realClock } from '@steersman/machinery';

const INSIDE = fileURLToPath(new URL('system/inside.ts', import.meta.url));
const CGROUP = `/steersman-kubelet-test-${process.pid}`;
const NETWORK = {
  cniVersion: '0.4.0',
  name: 'test',
  plugins: [
    {
      type: 'bridge',
      bridge: 'cni0',
      isDefaultGateway: true,
      ipam: { type: 'host-local', ranges: [[{ subnet: '10.99.0.0/24' }]] },
    },
  ],
};

function reasonToSkip(): string | false {
  if (process.getuid?.() !== 0) return 'needs root';
  const missing = missingPackages(NODE_NEEDS, hasProgram);
  return missing.length === 0 ? false : `needs the packages ${missing.join(' ')}`;
}

function removeCgroup(path: string): void {
  if (!existsSync(path)) return;
  for (const entry of readdirSync(path, { withFileTypes: true }))
    if (entry.isDirectory()) removeCgroup(join(path, entry.name));
  rmdirSync(path);
}

test('startNodeKubelet() runs pods on containerd as its own tests inside the host say', {
  skip: reasonToSkip(),
}, async (t) => {
  const clock = realClock();
  const alive = setInterval(() => {}, 1000);
  const base = mkdtempSync(join(tmpdir(), 'steersman-kubelet-'));
  const folder = join(base, 'node');
  const made = ensureMountPoints();
  t.after(async () => {
    await stopHost(folder, clock);
    for (const controller of readdirSync('/sys/fs/cgroup')) removeCgroup(`/sys/fs/cgroup/${controller}${CGROUP}`);
    rmSync(base, { recursive: true });
    for (const path of made.toReversed()) rmSync(path, { recursive: true });
    clearInterval(alive);
  });
  mkdirSync(join(folder, 'net.d'), { recursive: true });
  writeFileSync(join(folder, 'net.d', '10-test.conflist'), JSON.stringify(NETWORK));
  const host = await ensureHost({ name: 'inside', folder, init: join(base, 'init'), ownNetwork: true }, clock);
  await ensureContainerd(host, await installedContainerdVersion(), clock);
  await importImages(host, imageArchive([pauseImage(), await busyboxImageOf(findProgram('busybox')!)]));

  const [program = '', ...args] = insideHost(host, [
    process.execPath,
    '--conditions=steersman-source',
    '--test-reporter=spec',
    '--test',
    INSIDE,
  ]);
  const { NODE_TEST_CONTEXT: _, ...environment } = process.env; // Else the inner runner thinks it is a part of this one.
  const child = spawn(program, args, {
    env: { ...environment, STEERSMAN_TEST_CGROUP: CGROUP },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let report = '';
  child.stdout.on('data', (chunk: Buffer) => {
    report += chunk.toString();
  });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  assert.equal(code, 0, report);
});
