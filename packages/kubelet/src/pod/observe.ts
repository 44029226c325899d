/** Asks the runtime what it holds of a pod. */
import type { ContainerRuntime, RuntimeContainerStatus, SandboxStatus } from '../runtime/contract.ts';
import type { PodHost } from './host.ts';
import type { PodRecord } from './record.ts';
import type { PodRuntime } from './view.ts';

/** Refreshes `record.runtime` and the termination messages. Ended containers are asked about once. */
export async function observe(record: PodRecord, runtime: ContainerRuntime, host: PodHost): Promise<PodRuntime> {
  const [sandboxes, containers] = await Promise.all([
    runtime
      .listSandboxes(record.uid)
      .then((list) => Promise.all(list.map(({ id, ready }) => sandboxOf(record, runtime, id, ready)))),
    runtime
      .listContainers(record.uid)
      .then((list) => Promise.all(list.map(({ id }) => containerOf(record, runtime, id)))),
  ]);
  record.runtime = {
    sandboxes: sandboxes
      .filter((each) => each !== undefined)
      .sort((a, b) => b.createdAt - a.createdAt || b.attempt - a.attempt),
    containers: containers
      .filter((each) => each !== undefined)
      .sort((a, b) => b.createdAt - a.createdAt || b.attempt - a.attempt),
  };
  forgetGone(record);
  for (const status of record.runtime.containers) {
    if (status.state !== 'exited' || record.terminationMessages.has(status.id)) continue;
    record.terminationMessages.set(status.id, await host.terminationMessage(record.pod, status));
  }
  return record.runtime;
}

async function sandboxOf(
  record: PodRecord,
  runtime: ContainerRuntime,
  id: string,
  ready: boolean,
): Promise<SandboxStatus | undefined> {
  const known = ready ? undefined : record.endedSandboxes.get(id);
  if (known !== undefined) return known;
  const status = await runtime.sandboxStatus(id);
  if (status !== undefined && !status.ready) record.endedSandboxes.set(id, status);
  return status;
}

async function containerOf(
  record: PodRecord,
  runtime: ContainerRuntime,
  id: string,
): Promise<RuntimeContainerStatus | undefined> {
  const known = record.endedContainers.get(id);
  if (known !== undefined) return known;
  const status = await runtime.containerStatus(id);
  if (status?.state === 'exited') record.endedContainers.set(id, status);
  return status;
}

/** What the runtime no longer lists was removed: a pod that crashes for weeks must not fill the memory. */
function forgetGone(record: PodRecord): void {
  const there = new Set([...record.runtime.containers, ...record.runtime.sandboxes].map(({ id }) => id));
  for (const remembered of [record.endedContainers, record.endedSandboxes, record.terminationMessages])
    for (const id of remembered.keys()) if (!there.has(id)) remembered.delete(id);
}
