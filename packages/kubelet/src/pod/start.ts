/** Starts sandboxes and containers: image, configuration, create, start, postStart; each step with its own way to fail. */
import { type Container, nameOf, namespaceOf } from '@steersman/api';
import { ImageError } from '../images/puller.ts';
import type { ImageInfo, SandboxStatus } from '../runtime/contract.ts';
import { messageOf } from '../runtime/error.ts';
import type { PodDependencies } from './dependencies.ts';
import { containerHash } from './hash.ts';
import { PodSetupError, type PreparedPod } from './host.ts';
import { runLifecycleHook } from './lifecycle-hook.ts';
import type { StartContainer } from './plan.ts';
import type { PodRecord } from './record.ts';
import { stopContainer } from './stop.ts';
import { newestOf, restartCountOf } from './view.ts';

/** `retryMs` set: it did not work, and another try makes sense after that time. */
export interface StartOutcome {
  readonly retryMs?: number;
}
const CONFIG_RETRY_MS = 5_000;

export async function createSandbox(record: PodRecord, attempt: number, deps: PodDependencies): Promise<void> {
  const { pod } = record;
  const signal = record.startAbort.signal;
  record.prepared = await deps.host.prepare(pod, signal);
  record.stale = false;
  signal.throwIfAborted();
  for (const old of record.runtime.sandboxes) await deps.runtime.stopSandbox(old.id);
  if (attempt > 0)
    deps.event(pod, 'Normal', 'SandboxChanged', 'Pod sandbox changed, it will be killed and re-created.');
  try {
    await deps.runtime.runSandbox(deps.host.sandboxConfig(pod, record.prepared, attempt), signal);
  } catch (error) {
    throw new PodSetupError('FailedCreatePodSandBox', `Failed to create pod sandbox: ${messageOf(error)}`);
  }
}

export async function startContainer(
  record: PodRecord,
  sandbox: SandboxStatus,
  action: StartContainer,
  deps: PodDependencies,
): Promise<StartOutcome> {
  const { container } = action;
  const crash = crashWait(record, container, deps);
  if (crash !== undefined) return crash;
  let stage = 'CreateContainerError';
  try {
    const image = await deps.images.ensure(
      record.pod,
      container,
      (type, reason, message) => deps.event(record.pod, type, reason, message, container.name),
      record.startAbort.signal,
    );
    const prepared = record.prepared ?? (await deps.host.prepare(record.pod, record.startAbort.signal));
    record.prepared = prepared;
    record.startAbort.signal.throwIfAborted();
    const id = await create(record, sandbox, action, image, prepared, deps);
    deps.event(record.pod, 'Normal', 'Created', 'Container created', container.name);
    stage = 'RunContainerError';
    await deps.runtime.startContainer(id);
    deps.event(record.pod, 'Normal', 'Started', 'Container started', container.name);
    record.waiting.delete(container.name);
    return await postStart(record, sandbox, container, id, deps);
  } catch (error) {
    return startFailed(record, container, stage, error, deps);
  }
}

async function create(
  record: PodRecord,
  sandbox: SandboxStatus,
  { type, container }: StartContainer,
  image: ImageInfo,
  prepared: PreparedPod,
  deps: PodDependencies,
): Promise<string> {
  const { pod, runtime } = record;
  const last = newestOf(runtime, container.name);
  const attempt = last === undefined ? reportedRestarts(record, container.name) : restartCountOf(last) + 1;
  const target = pod.spec.ephemeralContainers?.find(({ name }) => name === container.name)?.targetContainerName;
  const targetId = target === undefined ? undefined : newestOf(runtime, target, sandbox.id)?.id;
  const spec = { image: image.id, userSpecified: container.image };
  if (container.securityContext?.runAsNonRoot ?? pod.spec.securityContext?.runAsNonRoot)
    refuseRoot(record, container, image);
  const config = await deps.host.containerConfig({
    pod,
    kind: type,
    container,
    image: spec,
    attempt,
    sandbox,
    prepared,
    targetId,
  });
  const id = await deps.runtime.createContainer(
    sandbox.id,
    config,
    deps.host.sandboxConfig(pod, prepared, sandbox.attempt),
  );
  if (last !== undefined) deps.crashes.restarted(crashKey(record, container), deps.effects.clock.now());
  return id;
}

/** The runtime has no record of an earlier run, but the API does: count on. */
function reportedRestarts({ pod }: PodRecord, name: string): number {
  const { initContainerStatuses = [], containerStatuses = [] } = pod.status ?? {};
  const reported = [...initContainerStatuses, ...containerStatuses].find((each) => each.name === name);
  return reported?.containerID === undefined ? (reported?.restartCount ?? 0) : reported.restartCount + 1;
}

function refuseRoot({ pod }: PodRecord, container: Container, image: ImageInfo): void {
  const uid = container.securityContext?.runAsUser ?? pod.spec.securityContext?.runAsUser;
  const where = `(pod: "${nameOf(pod)}_${namespaceOf(pod)}(${pod.metadata.uid})", container: ${container.name})`;
  if (uid === 0)
    throw new PodSetupError('CreateContainerConfigError', `container's runAsUser breaks non-root policy ${where}`);
  if (uid !== undefined) return;
  if (image.username !== '' && image.username !== '0') {
    throw new PodSetupError(
      'CreateContainerConfigError',
      `container has runAsNonRoot and image has non-numeric user (${image.username}), cannot verify user is non-root ${where}`,
    );
  }
  if ((image.uid ?? 0) === 0)
    throw new PodSetupError(
      'CreateContainerConfigError',
      `container has runAsNonRoot and image will run as root ${where}`,
    );
}

const crashKey = ({ uid }: PodRecord, container: Container): string =>
  `${uid}/${container.name}/${containerHash(container)}`;

function crashWait(record: PodRecord, container: Container, deps: PodDependencies): StartOutcome | undefined {
  const last = newestOf(record.runtime, container.name);
  if (last === undefined || last.state !== 'exited') return undefined;
  const { waitMs, delayMs } = deps.crashes.remaining(
    crashKey(record, container),
    last.finishedAt,
    deps.effects.clock.now(),
  );
  if (waitMs <= 0) return undefined;
  const { pod } = record;
  const who = `container=${container.name} pod=${nameOf(pod)}_${namespaceOf(pod)}(${record.uid})`;
  const message = `back-off ${seconds(delayMs)} restarting failed ${who}`;
  if (record.waiting.get(container.name)?.message !== message) {
    const podName = `${nameOf(pod)}_${namespaceOf(pod)}(${record.uid})`;
    deps.event(
      pod,
      'Warning',
      'BackOff',
      `Back-off restarting failed container ${container.name} in pod ${podName}`,
      container.name,
    );
  }
  record.waiting.set(container.name, { reason: 'CrashLoopBackOff', message });
  return { retryMs: waitMs };
}

/** As Go prints durations: 10s, 1m20s, 5m0s. */
function seconds(ms: number): string {
  const total = Math.round(ms / 1000);
  return total < 60 ? `${total}s` : `${Math.floor(total / 60)}m${total % 60}s`;
}

function startFailed(
  record: PodRecord,
  container: Container,
  stage: string,
  error: unknown,
  deps: PodDependencies,
): StartOutcome {
  if (record.startAbort.signal.aborted) return {};
  const message = messageOf(error);
  if (error instanceof ImageError) {
    record.waiting.set(container.name, { reason: error.reason, message });
    if (error.reason !== 'ErrImageNeverPull')
      deps.event(record.pod, 'Warning', 'Failed', `Error: ${error.reason}`, container.name);
    return { retryMs: error.retryMs };
  }
  const reason = error instanceof PodSetupError ? error.reason : stage;
  record.waiting.set(container.name, { reason, message });
  deps.event(record.pod, 'Warning', 'Failed', `Error: ${message}`, container.name);
  return { retryMs: CONFIG_RETRY_MS };
}

/** A failing postStart hook costs the container its life. */
async function postStart(
  record: PodRecord,
  sandbox: SandboxStatus,
  container: Container,
  id: string,
  deps: PodDependencies,
): Promise<StartOutcome> {
  const hook = container.lifecycle?.postStart;
  if (hook === undefined) return {};
  try {
    await runLifecycleHook(hook, { id, container, sandbox }, deps, record.startAbort.signal);
    return {};
  } catch (error) {
    if (record.startAbort.signal.aborted) return {};
    const message = `PostStartHook failed: ${messageOf(error)}`;
    deps.event(record.pod, 'Warning', 'FailedPostStartHook', 'PostStartHook failed', container.name);
    record.waiting.set(container.name, { reason: 'PostStartHookError', message });
    stopContainer(record, { id, container, message: 'FailedPostStartHook' }, deps);
    return {};
  }
}
