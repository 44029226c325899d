/** The rows about a whole cluster with a real node: start, memory, pods. */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Pod, Resources } from '@steersman/api';
import { type Client, createClient, createHttpTransport, loadKubeconfig } from '@steersman/client';
import { freePort } from '@steersman/machinery';
import { residentMbOfTree, waitFor } from './measured-process.ts';
import type { Row } from './report.ts';

const STEERSMAN = new URL('../steersman', import.meta.url).pathname;
const IMAGE = 'steersman.local/busybox:1';

interface Status {
  readonly pids: { readonly controlPlane?: number };
  readonly nodes: readonly { readonly pids: { readonly node?: number } }[];
}

function podOf(name: string): Pod {
  return {
    metadata: { name, namespace: 'default' },
    spec: {
      terminationGracePeriodSeconds: 0,
      containers: [{ name: 'main', image: IMAGE, command: ['sleep', '3600'] }],
    },
  };
}

const isReady = (pod: Pod): boolean =>
  pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;

/** Creates pods and resolves with the seconds until a watch has shown each of them Ready. */
async function secondsToReady(client: Client, names: readonly string[]): Promise<number> {
  const pods = client.resource(Resources.pods);
  const { resourceVersion } = await pods.list({ namespace: 'default', limit: 1 });
  const stop = new AbortController();
  const waiting = new Set(names);
  const startedAt = performance.now();
  await Promise.all(names.map((name) => pods.create(podOf(name))));
  for await (const event of pods.watch({ namespace: 'default', resourceVersion, signal: stop.signal })) {
    if (event.type === 'MODIFIED' && isReady(event.object)) waiting.delete(event.object.metadata.name ?? '');
    if (waiting.size === 0) break;
  }
  const seconds = (performance.now() - startedAt) / 1000;
  stop.abort();
  await Promise.all(names.map((name) => pods.delete({ namespace: 'default', name }, { gracePeriodSeconds: 0 })));
  return seconds;
}

/** A cluster without containers, from nothing until its controllers have made the default ServiceAccount. */
export async function startRow(folder: string): Promise<Row> {
  mkdirSync(folder, { recursive: true });
  const kubeconfig = join(folder, 'kubeconfig');
  const common = ['--name=benchstart', `--data-dir=${join(folder, 'data')}`];
  const up = [...common, `--kubeconfig=${kubeconfig}`, `--api-port=${await freePort()}`, '--runtime=simulated'];
  const startedAt = performance.now();
  try {
    execFileSync(STEERSMAN, ['up', ...up], { stdio: 'ignore' });
    const transport = createHttpTransport(loadKubeconfig(kubeconfig));
    const accounts = createClient(transport).resource(Resources.serviceAccounts);
    const key = { namespace: 'default', name: 'default' };
    await waitFor('the default ServiceAccount', () => accounts.find(key), 30_000);
    const measured = (performance.now() - startedAt) / 1000;
    await transport.close();
    const work = 'start of the control plane to the default ServiceAccount (with a simulated node Ready)';
    return { work, upstream: 14.4, measured, unit: 's', better: 'lower' };
  } finally {
    execFileSync(STEERSMAN, ['down', '--purge', ...common], { stdio: 'ignore' });
  }
}

/** Starts a cluster by the command users type, in a folder of its own, measures, and purges it. */
export async function clusterRows(folder: string): Promise<Row[]> {
  mkdirSync(folder, { recursive: true });
  const kubeconfig = join(folder, 'kubeconfig');
  const common = ['--name=bench', `--data-dir=${join(folder, 'data')}`];
  const rows: Row[] = [];
  const up = [...common, `--kubeconfig=${kubeconfig}`, `--api-port=${await freePort()}`, '--hosts'];
  const startedAt = performance.now();
  try {
    execFileSync(STEERSMAN, ['up', ...up], { stdio: ['ignore', 'inherit', 'inherit'] });
    rows.push({
      work: 'up: from nothing to node Ready and DNS answering',
      upstream: undefined,
      measured: (performance.now() - startedAt) / 1000,
      unit: 's',
      better: 'lower',
      note: 'images are built on the first run ever',
    });
    const again = performance.now();
    execFileSync(STEERSMAN, ['up', ...up], { stdio: 'ignore' });
    rows.push({
      work: 'up, a second time',
      upstream: undefined,
      measured: (performance.now() - again) / 1000,
      unit: 's',
      better: 'lower',
    });
    rows.push(...memoryRows(common));
    const transport = createHttpTransport(loadKubeconfig(kubeconfig));
    const client = createClient(transport);
    await secondsToReady(client, ['warm-up']);
    rows.push({
      work: 'one pod, POST to Ready',
      upstream: 1.3,
      measured: await secondsToReady(client, ['one']),
      unit: 's',
      better: 'lower',
    });
    const thirty = Array.from({ length: 30 }, (_, index) => `thirty-${index}`);
    rows.push({
      work: '30 pods at once on one node, all Ready',
      upstream: 22.7,
      measured: await secondsToReady(client, thirty),
      unit: 's',
      better: 'lower',
    });
    await transport.close();
  } finally {
    execFileSync(STEERSMAN, ['down', '--purge', ...common], { stdio: 'inherit' });
  }
  return rows;
}

/** Upstream's figures are of six processes; ours holds API server, store, controllers and scheduler in one. */
function memoryRows(common: readonly string[]): Row[] {
  const status = JSON.parse(
    execFileSync(STEERSMAN, ['status', '-o', 'json', ...common], { encoding: 'utf8' }),
  ) as Status;
  const resident = (pid: number | undefined) => (pid === undefined ? Number.NaN : residentMbOfTree(pid));
  return [
    {
      work: 'resident memory idle: API server, store, controllers, scheduler',
      upstream: 310 + 47 + 90 + 44,
      measured: resident(status.pids.controlPlane),
      unit: 'MB',
      better: 'lower',
    },
    {
      work: 'resident memory idle: kubelet and proxy',
      upstream: 101 + 37,
      measured: resident(status.nodes[0]?.pids.node),
      unit: 'MB',
      better: 'lower',
    },
  ];
}
