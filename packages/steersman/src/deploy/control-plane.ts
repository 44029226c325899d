/** The processes of the control plane, and waiting until they answer. */
import { type Client, createClient, createHttpTransport, loadKubeconfig } from '@steersman/client';
import {
  ClusterError,
  type Part,
  type PartRole,
  type Pki,
  partsOf,
  runningProcess,
  startDetached,
  untilReleased,
} from '@steersman/cluster';
import type { Deployment } from './context.ts';
import { lastLine } from './last-line.ts';
import { selfCommand } from './self.ts';
import { storeCommand, untilStoreServes } from './store.ts';

const READY_MS = 60_000;
const POLL_MS = 25;
const RELEASE_MS = 10_000;
const ANSWER_MS = 2_000; // A server that is asked before it is ready may never answer that request.

/** Starts what does not run; resolves when it answers, with whether anything had to be started. */
export async function ensureControlPlane(deployment: Deployment, client: Client, pki: Pki): Promise<boolean> {
  const parts = Map.groupBy(partsOf(deployment.config, deployment.layout), ({ role }) => role);
  const of = (role: PartRole) => parts.get(role) ?? [];
  let started = await startParts(deployment, of('store'));
  await untilStoreServes(deployment, of('store'), pki);
  if (await startParts(deployment, [...of('control-plane'), ...of('load-balancer')])) started = true;
  for (const part of of('control-plane')) await untilPartReady(deployment, part, client);
  for (const part of of('load-balancer')) await untilReady(deployment, part, client);
  if (await startParts(deployment, of('simulated-nodes'))) started = true;
  return started;
}

async function startParts(deployment: Deployment, parts: readonly Part[]): Promise<boolean> {
  const started = await Promise.all(parts.map((part) => startPart(deployment, part)));
  return started.includes(true);
}

/** Starts the process unless it runs; returns whether it had to. */
async function startPart({ layout, config, effects }: Deployment, part: Part): Promise<boolean> {
  const { pid, log, role, name } = part;
  if (runningProcess(pid) !== undefined) return false;
  await untilReleased(pid, RELEASE_MS, effects.clock);
  const args = [role, '--name', config.name, '--data-dir', layout.folder, '--part', name];
  const command = role === 'store' ? storeCommand(part, config, layout) : selfCommand([], args);
  startDetached({ command, pidFile: pid, logFile: log });
  return true;
}

/** Tells whoever runs the simulated nodes that the configuration has changed. */
export function reloadSimulatedNodes({ config, layout }: Deployment): void {
  const running = runningProcess(partsOf(config, layout).at(-1)?.pid ?? '');
  if (running !== undefined) process.kill(running.pid, 'SIGHUP');
}

/** A client with the administrator's rights, over HTTPS; to one of several API servers when its URL is given. */
export function adminClient({ layout, effects }: Pick<Deployment, 'layout' | 'effects'>, server?: string): Client {
  const access = loadKubeconfig(layout.kubeconfig);
  return createClient(createHttpTransport(server === undefined ? access : { ...access, server }), {
    userAgent: 'steersman',
    clock: effects.clock,
  });
}

/** One of several is asked itself, the single one as everybody asks it. */
async function untilPartReady(deployment: Deployment, part: Part, client: Client): Promise<void> {
  if (part.address === undefined) return untilReady(deployment, part, client);
  const direct = adminClient(deployment, `https://${part.address}:${deployment.config.apiPort}`);
  try {
    await untilReady(deployment, part, direct);
  } finally {
    await direct.transport.close();
  }
}

/** Resolves when /readyz answers. Throws ClusterError with the log's last words when the process ends or takes too long. */
async function untilReady({ effects, signal }: Deployment, { name, pid, log }: Part, client: Client): Promise<void> {
  const what = name === 'control-plane' ? 'the control plane' : name;
  for (
    const end = effects.clock.monotonic() + READY_MS;
    effects.clock.monotonic() < end;
    await effects.clock.sleep(POLL_MS, signal)
  ) {
    if (await isReady(client, signal)) return;
    if (runningProcess(pid) === undefined) {
      throw new ClusterError('program-failed', `${what} ended: ${lastLine(log)}; its log: ${log}`);
    }
  }
  throw new ClusterError('timed-out', `${what} is not ready after ${READY_MS / 1000} s; its log: ${log}`);
}

async function isReady(client: Client, signal: AbortSignal): Promise<boolean> {
  try {
    const patience = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]);
    const response = await client.transport.request({ method: 'GET', path: '/readyz', headers: {}, signal: patience });
    for await (const _chunk of response.body);
    return response.status === 200;
  } catch {
    signal.throwIfAborted();
    return false; // Not listening yet.
  }
}
