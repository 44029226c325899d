/** The control-plane process, and waiting until it answers. */
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { type Client, createClient, createHttpTransport, loadKubeconfig } from '@steersman/client';
import { ClusterError, runningProcess, startDetached, untilReleased } from '@steersman/cluster';
import type { Deployment } from './context.ts';
import { selfCommand } from './self.ts';

const READY_MS = 60_000;
const POLL_MS = 25;
const RELEASE_MS = 10_000;
const ANSWER_MS = 2_000; // A server that is asked before it is ready may never answer that request.

/** Starts the process unless it runs; returns whether it had to. */
export async function ensureControlPlane({ layout, config, effects }: Deployment): Promise<boolean> {
  const { pid, log } = layout.controlPlane;
  if (runningProcess(pid) !== undefined) return false;
  await untilReleased(pid, RELEASE_MS, effects.clock);
  const args = ['control-plane', '--name', config.name, '--data-dir', layout.folder];
  startDetached({ command: selfCommand([], args), pidFile: pid, logFile: log });
  return true;
}

/** Tells a running control plane of simulated nodes that the configuration has changed. */
export function reloadControlPlane({ layout }: Deployment): void {
  const running = runningProcess(layout.controlPlane.pid);
  if (running !== undefined) process.kill(running.pid, 'SIGHUP');
}

/** A client with the administrator's rights, over HTTPS. */
export function adminClient({ layout, effects }: Pick<Deployment, 'layout' | 'effects'>): Client {
  return createClient(createHttpTransport(loadKubeconfig(layout.kubeconfig)), {
    userAgent: 'steersman',
    clock: effects.clock,
  });
}

/** Resolves when /readyz answers. Throws ClusterError with the log's last words when the process ends or takes too long. */
export async function untilReady(deployment: Deployment, client: Client): Promise<void> {
  const { layout, effects, signal } = deployment;
  const { pid, log } = layout.controlPlane;
  for (
    const end = effects.clock.monotonic() + READY_MS;
    effects.clock.monotonic() < end;
    await effects.clock.sleep(POLL_MS, signal)
  ) {
    if (await isReady(client, signal)) return;
    if (runningProcess(pid) === undefined) {
      throw new ClusterError('program-failed', `the control plane ended: ${lastLine(log)}; its log: ${log}`);
    }
  }
  throw new ClusterError('timed-out', `the control plane is not ready after ${READY_MS / 1000} s; its log: ${log}`);
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

const TAIL_BYTES = 4096;

/** The last line of a log, for an error message. */
export function lastLine(path: string): string {
  try {
    const size = statSync(path).size;
    const buffer = Buffer.alloc(Math.min(size, TAIL_BYTES));
    const file = openSync(path, 'r');
    readSync(file, buffer, 0, buffer.length, size - buffer.length);
    closeSync(file);
    return buffer.toString('utf8').trim().split('\n').at(-1) ?? '';
  } catch {
    return 'it wrote nothing';
  }
}
