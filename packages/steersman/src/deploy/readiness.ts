/** When a cluster counts as up: every node Ready, and DNS answering a question. */
import { createSocket } from 'node:dgram';
import { type Node, Resources } from '@steersman/api';
import type { Client } from '@steersman/client';
import { type ClusterConfig, ClusterError, runningProcess } from '@steersman/cluster';
import type { Clock } from '@steersman/machinery';
import type { Deployment } from './context.ts';
import { lastLine } from './last-line.ts';

const POLL_MS = 50;
const NODES_READY_MS = 60_000;
const DNS_READY_MS = 90_000;
const ANSWER_MS = 500;

/** Whether the node's Ready condition is True. */
export function isNodeReady(node: Node): boolean {
  return node.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;
}

/** Resolves when every node is Ready and has been heard of since `sinceMs`. Throws ClusterError saying which is not, and why. */
export async function untilNodesReady(deployment: Deployment, client: Client, sinceMs: number): Promise<void> {
  const { config, effects, signal } = deployment;
  const { clock } = effects;
  const wanted = config.nodes.map((node) => node.name);
  let waiting: readonly string[] = wanted;
  for (const end = clock.monotonic() + NODES_READY_MS; clock.monotonic() < end; await clock.sleep(POLL_MS, signal)) {
    const ready = await readyNodes(client, sinceMs, signal);
    waiting = wanted.filter((name) => !ready.has(name));
    if (waiting.length === 0) return;
    checkAlive(deployment, waiting);
  }
  const message = `not Ready after ${NODES_READY_MS / 1000} s: ${waiting.slice(0, 5).join(', ')}; look at: kubectl describe node ${waiting[0]}`;
  throw new ClusterError('timed-out', message);
}

/** A status outlives its kubelet; the node's Lease tells whether somebody still stands behind it. */
async function readyNodes(client: Client, sinceMs: number, signal: AbortSignal): Promise<ReadonlySet<string>> {
  const [nodes, leases] = await Promise.all([
    client.resource(Resources.nodes).list({ signal }),
    client.resource(Resources.leases).list({ namespace: 'kube-node-lease', signal }),
  ]);
  const renewed = leases.items.filter((lease) => Date.parse(lease.spec?.renewTime ?? '') >= sinceMs);
  const fresh = new Set(renewed.map((lease) => lease.metadata.name));
  const ready = nodes.items.filter((node) => isNodeReady(node) && fresh.has(node.metadata.name));
  return new Set(ready.map((node) => node.metadata.name ?? ''));
}

/** Nobody waits a minute for a process that has ended. */
function checkAlive({ config, layout }: Deployment, names: readonly string[]): void {
  if (config.runtime === 'simulated') return;
  for (const name of names) {
    const { pid, log } = layout.node(name);
    if (runningProcess(pid) !== undefined) continue;
    throw new ClusterError('program-failed', `node ${name} ended: ${lastLine(log)}; its log: ${log}`);
  }
}

/** Resolves when a DNS pod has answered for the `kubernetes` Service. Throws ClusterError 'timed-out'. */
export async function untilDnsAnswers(
  client: Client,
  config: ClusterConfig,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  for (const end = clock.monotonic() + DNS_READY_MS; clock.monotonic() < end; await clock.sleep(POLL_MS, signal)) {
    const address = await dnsPodAddress(client, signal);
    if (address !== undefined && (await answers(address, `kubernetes.default.svc.${config.clusterDomain}`))) return;
  }
  throw new ClusterError(
    'timed-out',
    'cluster DNS does not answer; look at: kubectl -n kube-system describe pods -l k8s-app=kube-dns',
  );
}

async function dnsPodAddress(client: Client, signal: AbortSignal): Promise<string | undefined> {
  const slices = await client.resource(Resources.endpointSlices).list({
    namespace: 'kube-system',
    labelSelector: 'kubernetes.io/service-name=kube-dns',
    signal,
  });
  const ready = slices.items
    .flatMap((slice) => slice.endpoints ?? [])
    .find((endpoint) => endpoint.conditions?.ready === true);
  return ready?.addresses[0];
}

/** Asks for an A record over UDP; true when the answer has the question's id and no error. */
function answers(server: string, name: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    const settle = (result: boolean) => {
      clearTimeout(timer);
      socket.removeAllListeners();
      socket.close();
      resolve(result);
    };
    const timer = setTimeout(() => settle(false), ANSWER_MS);
    socket.on('error', () => settle(false));
    socket.on('message', (message) => settle(message.readUInt16BE(0) === QUESTION_ID && (message[3]! & 0x0f) === 0));
    socket.send(question(name), 53, server);
  });
}

const QUESTION_ID = 0x5354;

/** A question for the address of a name (RFC 1035, 4.1). */
function question(name: string): Buffer {
  const labels = name.split('.').map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)]));
  const head = Buffer.alloc(12);
  head.writeUInt16BE(QUESTION_ID, 0);
  head.writeUInt16BE(0x0100, 2); // Recursion desired.
  head.writeUInt16BE(1, 4);
  return Buffer.concat([head, ...labels, Buffer.from([0, 0, 1, 0, 1])]);
}
