/** Dead containers: of each container the last dead one is kept, for its logs and its status. */
import type { RuntimeContainer } from '../runtime/contract.ts';
import { labels } from '../runtime/labels.ts';
import type { HousekeepingOptions } from './housekeeping.ts';

const DEAD_KEPT = 1;

/** Which to remove: all dead ones but the newest of every container. Pure. */
export function superfluous(containers: readonly RuntimeContainer[]): readonly RuntimeContainer[] {
  const groups = Map.groupBy(
    containers.filter(({ state }) => state === 'exited' || state === 'unknown'),
    ({ name, labels: own }) => `${own[labels.podUid]}/${name}`,
  );
  return [...groups.values()].flatMap((group) => group.toSorted((a, b) => b.createdAt - a.createdAt).slice(DEAD_KEPT));
}

export async function collectContainers({ runtime, disk, manager, directories }: HousekeepingOptions): Promise<void> {
  for (const { id, labels: own, name, annotations } of superfluous(await runtime.listContainers())) {
    await runtime.removeContainer(id);
    manager.get(own[labels.podUid] ?? '')?.endedContainers.delete(id);
    const directory = `${directories.podLogs}/${own[labels.podNamespace]}_${own[labels.podName]}_${own[labels.podUid]}/${name}`;
    const attempt = annotations['io.kubernetes.container.restartCount'] ?? '0';
    const logs = (await disk.list(directory)).filter(
      (file) => file === `${attempt}.log` || file.startsWith(`${attempt}.log.`),
    );
    for (const file of logs) await disk.remove(`${directory}/${file}`);
  }
}

/** Dead sandboxes of pods that have a newer one; the last one of a pod goes with the pod. */
export async function collectSandboxes({ runtime, manager }: HousekeepingOptions): Promise<void> {
  for (const record of manager.records()) {
    for (const { id, ready } of record.runtime.sandboxes.slice(1)) {
      if (!ready && !record.runtime.containers.some(({ sandboxId }) => sandboxId === id))
        await runtime.removeSandbox(id);
    }
  }
}
