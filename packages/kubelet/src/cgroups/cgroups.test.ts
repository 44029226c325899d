import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod } from '@steersman/api';
import type { CgroupFiles } from './contract.ts';
import { containerResources, podLimits } from './resources.ts';
import { cgroupsV1 } from './v1.ts';
import { cgroupsV2, weightOfShares } from './v2.ts';

/** Cgroup file systems that behave: files appear with their directory, only empty directories can be removed. */
function fakeFiles(
  files: Map<string, string>,
  ...directories: string[]
): CgroupFiles & { readonly directoriesThere: Set<string> } {
  const there = new Set(directories);
  return {
    directoriesThere: there,
    makeDirectory: async (path) => {
      assert.ok(there.has(path.slice(0, path.lastIndexOf('/'))), `parent of ${path}`);
      there.add(path);
      if (path.includes('/cpuset/'))
        for (const file of ['cpuset.cpus', 'cpuset.mems'])
          files.set(`${path}/${file}`, files.get(`${path}/${file}`) ?? '');
    },
    write: async (path, value) => void files.set(path, value),
    read: async (path) => files.get(path),
    directories: async (path) =>
      [...there]
        .filter((each) => each.startsWith(`${path}/`) && !each.slice(path.length + 1).includes('/'))
        .map((each) => each.slice(path.length + 1)),
    removeDirectory: async (path) => {
      assert.ok(![...there].some((each) => each.startsWith(`${path}/`)), `${path} is empty`);
      there.delete(path);
    },
  };
}
const pod: Pod = {
  metadata: { uid: 'u1' },
  spec: {
    containers: [
      { name: 'c', resources: { requests: { cpu: '250m', memory: '64Mi' }, limits: { cpu: '500m', memory: '128Mi' } } },
    ],
  },
};

test('cgroupsV1() makes the pod cgroup in every controller and removes it with what is left in it', async () => {
  const files = new Map([
    ['/sys/fs/cgroup/cpuset/cpuset.cpus', '0-1'],
    ['/sys/fs/cgroup/cpuset/cpuset.mems', '0'],
  ]);
  const fake = fakeFiles(
    files,
    '/sys/fs/cgroup',
    ...['cpu', 'memory', 'cpuset'].map((each) => `/sys/fs/cgroup/${each}`),
  );
  const cgroups = await cgroupsV1(fake, '/sys/fs/cgroup', '/demo');
  await cgroups.create(pod);
  assert.equal(cgroups.parentOf(pod), '/demo/kubepods/burstable/podu1');
  assert.equal(files.get('/sys/fs/cgroup/cpu/demo/kubepods/burstable/podu1/cpu.shares'), '256');
  assert.equal(files.get('/sys/fs/cgroup/cpu/demo/kubepods/burstable/podu1/cpu.cfs_quota_us'), '50000');
  assert.equal(
    files.get('/sys/fs/cgroup/memory/demo/kubepods/burstable/podu1/memory.limit_in_bytes'),
    String(128 * 1024 ** 2),
  );
  assert.equal(files.get('/sys/fs/cgroup/cpuset/demo/kubepods/burstable/podu1/cpuset.cpus'), '0-1');
  fake.directoriesThere.add('/sys/fs/cgroup/cpu/demo/kubepods/burstable/podu1/left');
  await cgroups.remove(pod);
  assert.equal(
    [...fake.directoriesThere].some((path) => path.includes('podu1')),
    false,
  );
});

test('cgroupsV2() hands controllers down and writes weight, quota and memory limit', async () => {
  const files = new Map([['/sys/fs/cgroup/cgroup.controllers', 'cpu memory pids\n']]);
  const fake = fakeFiles(files, '/sys/fs/cgroup');
  await cgroupsV2(fake, '/sys/fs/cgroup', '').create(pod);
  const path = '/sys/fs/cgroup/kubepods/burstable/podu1';
  assert.equal(files.get('/sys/fs/cgroup/cgroup.subtree_control'), '+cpu +memory +pids');
  assert.equal(files.get(`${path}/cpu.max`), '50000 100000');
  assert.equal(files.get(`${path}/memory.max`), String(128 * 1024 ** 2));
  assert.equal(files.get(`${path}/cpu.weight`), String(weightOfShares(256)));
});

test('weightOfShares() maps the ends of one range onto the ends of the other', () => {
  assert.deepEqual([weightOfShares(2), weightOfShares(1024), weightOfShares(262_144)], [1, 39, 10_000]);
});

test('podLimits() limits the pod only when every container is limited', () => {
  assert.deepEqual(podLimits(pod), { cpuShares: 256, cpuQuota: 50_000, memoryBytes: 128 * 1024 ** 2 });
  const mixed = { ...pod, spec: { containers: [...pod.spec.containers, { name: 'free' }] } };
  assert.deepEqual(podLimits(mixed), { cpuShares: 256 });
});

test('containerResources() sets the OOM score by quality of service', () => {
  const score = (spec: Pod['spec']) =>
    containerResources({ metadata: {}, spec }, spec.containers[0]!, 1024 ** 3).oomScoreAdj;
  assert.equal(score({ containers: [{ name: 'c' }] }), 1000);
  assert.equal(score({ containers: [{ name: 'c', resources: { limits: { cpu: '1', memory: '1Gi' } } }] }), -997);
  assert.equal(score({ containers: [{ name: 'c', resources: { requests: { memory: '512Mi' } } }] }), 500);
});
