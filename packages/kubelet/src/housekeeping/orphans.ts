/** Pods that run and that nobody wants: left by a kubelet that was down when they were deleted. */
import { labels } from '../runtime/labels.ts';
import type { HousekeepingOptions } from './housekeeping.ts';

/** Nobody waits for an orphan; it still gets a moment. */
const GRACE_SECONDS = 2;
const VOLUMES = 'volumes';

export async function collectOrphans(options: HousekeepingOptions): Promise<void> {
  const { runtime, manager } = options;
  const containers = await runtime.listContainers();
  for (const each of containers) {
    if (manager.get(each.labels[labels.podUid] ?? '') !== undefined || !isKubeletsOwn(each.labels)) continue;
    await runtime.stopContainer(each.id, GRACE_SECONDS);
    await runtime.removeContainer(each.id);
  }
  for (const sandbox of await runtime.listSandboxes()) {
    if (manager.get(sandbox.uid) !== undefined || !isKubeletsOwn(sandbox.labels)) continue;
    await runtime.stopSandbox(sandbox.id);
    await runtime.removeSandbox(sandbox.id);
    await options.cgroups.removeUid(sandbox.uid);
  }
  await removeDirectories(options);
}

/** What crictl or somebody else started in the same runtime is not ours to stop. */
const isKubeletsOwn = (own: Readonly<Record<string, string>>): boolean => own[labels.podUid] !== undefined;

async function removeDirectories({ disk, directories, manager, cgroups }: HousekeepingOptions): Promise<void> {
  for (const uid of await disk.list(`${directories.root}/pods`)) {
    if (manager.get(uid) !== undefined) continue;
    await disk.remove(`${directories.root}/pods/${uid}/${VOLUMES}`);
    await disk.remove(`${directories.root}/pods/${uid}`);
    await cgroups.removeUid(uid);
  }
  for (const name of await disk.list(directories.podLogs)) {
    const uid = name.slice(name.lastIndexOf('_') + 1);
    if (name.split('_').length === 3 && manager.get(uid) === undefined)
      await disk.remove(`${directories.podLogs}/${name}`);
  }
}
