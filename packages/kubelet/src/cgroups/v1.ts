/** cgroup v1: one hierarchy per controller; a pod gets a directory in each. */
import type { Pod } from '@steersman/api';
import type { CgroupFiles, PodCgroups } from './contract.ts';
import { podCgroup, podCgroupsOfUid } from './paths.ts';
import { podLimits } from './resources.ts';

/** Controllers the kubelet writes to; a pod's directory is made in all that are mounted, so that runtimes find it. */
const CONTROLLERS = [
  'cpu',
  'cpuacct',
  'cpuset',
  'memory',
  'devices',
  'freezer',
  'blkio',
  'pids',
  'hugetlb',
  'perf_event',
  'net_cls',
  'net_prio',
  'systemd',
  'rdma',
] as const;

export async function cgroupsV1(files: CgroupFiles, mountPoint: string, root: string): Promise<PodCgroups> {
  const mounted = new Set(await files.directories(mountPoint));
  const controllers = CONTROLLERS.filter((each) => mounted.has(each));
  const set = async (controller: string, path: string, file: string, value: number | undefined) => {
    if (value !== undefined && mounted.has(controller))
      await files.write(`${mountPoint}/${controller}${path}/${file}`, String(value));
  };
  const removeEverywhere = async (path: string) => {
    for (const controller of controllers) await removeTree(files, `${mountPoint}/${controller}${path}`);
  };
  return {
    parentOf: (pod) => podCgroup(root, pod),
    async create(pod: Pod) {
      const path = podCgroup(root, pod);
      for (const controller of controllers)
        await makeTree(files, `${mountPoint}/${controller}`, path, controller === 'cpuset');
      const limits = podLimits(pod);
      await set('cpu', path, 'cpu.shares', limits.cpuShares);
      await set('cpu', path, 'cpu.cfs_quota_us', limits.cpuQuota);
      await set('memory', path, 'memory.limit_in_bytes', limits.memoryBytes);
    },
    remove: (pod) => removeEverywhere(podCgroup(root, pod)),
    async removeUid(uid) {
      for (const path of podCgroupsOfUid(root, uid)) await removeEverywhere(path);
    },
  };
}

/** A new cpuset has no cpus and no memory nodes, and nothing can run in it until it gets its parent's. */
async function makeTree(files: CgroupFiles, base: string, path: string, inherit: boolean): Promise<void> {
  let parent = base;
  for (const part of path.split('/').filter((each) => each !== '')) {
    const directory = `${parent}/${part}`;
    await files.makeDirectory(directory);
    for (const file of inherit ? ['cpuset.cpus', 'cpuset.mems'] : []) {
      const own = await files.read(`${directory}/${file}`);
      const above = await files.read(`${parent}/${file}`);
      if (own?.trim() === '' && above !== undefined) await files.write(`${directory}/${file}`, above.trim());
    }
    parent = directory;
  }
}

/** Deepest first: only empty cgroups can be removed. */
export async function removeTree(files: CgroupFiles, path: string): Promise<void> {
  for (const name of await files.directories(path)) await removeTree(files, `${path}/${name}`);
  await files.removeDirectory(path);
}
