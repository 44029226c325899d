/** The real cgroup file systems, version 1 or 2, whichever has the controllers. */
import { access, mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import type { CgroupFiles, PodCgroups } from '../cgroups/contract.ts';
import { cgroupsV1 } from '../cgroups/v1.ts';
import { cgroupsV2 } from '../cgroups/v2.ts';

const MOUNT_POINT = '/sys/fs/cgroup';
/** A cgroup stays busy for a moment after its last process has ended. */
const REMOVE_TRIES_MAX = 20;
const REMOVE_RETRY_MS = 25;

const ignoring = async (codes: readonly string[], work: Promise<unknown>): Promise<void> => {
  await work.catch((error: NodeJS.ErrnoException) => {
    if (!codes.includes(error.code ?? '')) throw error;
  });
};

export const realCgroupFiles: CgroupFiles = {
  makeDirectory: (path) => ignoring(['EEXIST'], mkdir(path)),
  write: (path, value) => writeFile(path, value),
  read: (path) => readFile(path, 'utf8').catch(() => undefined),
  directories: async (path) =>
    (await readdir(path, { withFileTypes: true }).catch(() => []))
      .filter((each) => each.isDirectory() || each.isSymbolicLink())
      .map(({ name }) => name),
  async removeDirectory(path) {
    for (let tries = 1; ; tries += 1) {
      try {
        return await ignoring(['ENOENT'], rmdir(path));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EBUSY' || tries === REMOVE_TRIES_MAX) throw error;
        await new Promise((resolve) => setTimeout(resolve, REMOVE_RETRY_MS));
      }
    }
  },
};

/** `root`: the cluster's own prefix, '' for none. */
export async function realCgroups(root: string): Promise<PodCgroups> {
  const unified = await access(`${MOUNT_POINT}/cgroup.controllers`).then(
    () => true,
    () => false,
  );
  return unified ? cgroupsV2(realCgroupFiles, MOUNT_POINT, root) : cgroupsV1(realCgroupFiles, MOUNT_POINT, root);
}
