/** cgroup v2: one hierarchy; controllers are handed down level by level. */
import type { CgroupFiles, PodCgroups } from './contract.ts';
import { podCgroup, podCgroupsOfUid } from './paths.ts';
import { podLimits } from './resources.ts';
import { removeTree } from './v1.ts';

const CONTROLLERS = '+cpu +cpuset +memory +pids +io';
const PERIOD_US = 100_000;

export function cgroupsV2(files: CgroupFiles, mountPoint: string, root: string): PodCgroups {
  return {
    parentOf: (pod) => podCgroup(root, pod),
    async create(pod) {
      let directory = mountPoint;
      for (const part of podCgroup(root, pod)
        .split('/')
        .filter((each) => each !== '')) {
        await handDown(files, directory);
        directory = `${directory}/${part}`;
        await files.makeDirectory(directory);
      }
      const limits = podLimits(pod);
      await files.write(`${directory}/cpu.weight`, String(weightOfShares(limits.cpuShares)));
      await files.write(`${directory}/cpu.max`, `${limits.cpuQuota ?? 'max'} ${PERIOD_US}`);
      await files.write(`${directory}/memory.max`, String(limits.memoryBytes ?? 'max'));
    },
    remove: (pod) => removeTree(files, `${mountPoint}${podCgroup(root, pod)}`),
    async removeUid(uid) {
      for (const path of podCgroupsOfUid(root, uid)) await removeTree(files, `${mountPoint}${path}`);
    },
  };
}

/** Only the controllers that the kernel offers here. */
async function handDown(files: CgroupFiles, directory: string): Promise<void> {
  const offered = new Set((await files.read(`${directory}/cgroup.controllers`))?.split(/\s+/));
  const wanted = CONTROLLERS.split(' ').filter((each) => offered.has(each.slice(1)));
  if (wanted.length > 0) await files.write(`${directory}/cgroup.subtree_control`, wanted.join(' '));
}

/** The kernel's own mapping of [2, 262144] onto [1, 10000] (KEP-2254). */
export const weightOfShares = (shares: number): number => Math.floor(1 + ((shares - 2) * 9999) / 262_142);
