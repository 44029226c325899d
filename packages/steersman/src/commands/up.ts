import { mkdirSync } from 'node:fs';
import type { Client } from '@steersman/client';
import {
  apiServerAddresses,
  BUSYBOX_IMAGE,
  busyboxImageOf,
  type ClusterConfig,
  ClusterError,
  type ClusterRequest,
  checkKubeconfigFile,
  DEFAULTS,
  ensureMountPoints,
  findProgram,
  installedContainerdVersion,
  isSplit,
  lockCluster,
  markFolder,
  mergeIntoFile,
  PAUSE_IMAGE,
  pauseImage,
  recordChanges,
  steersmanImageName,
  steersmanImageOf,
  storeAddresses,
  usualKubeconfig,
  writeClusterConfig,
} from '@steersman/cluster';
import type { ComponentCommand, FlagValues } from '@steersman/server';
import { LOCATION_FLAGS, locationOf } from '../cli/location.ts';
import { createProgress } from '../cli/progress.ts';
import { applyDns } from '../deploy/addons.ts';
import { bundleForCluster, dataForCluster, sourceFingerprint } from '../deploy/bundle.ts';
import type { Deployment } from '../deploy/context.ts';
import { adminClient, ensureControlPlane, reloadSimulatedNodes } from '../deploy/control-plane.ts';
import { adminKubeconfig, ensureCredentials } from '../deploy/credentials.ts';
import { ensureBridge } from '../deploy/network.ts';
import { ensureImages, ensureNodeHost, ensureNodeProcess, type Wanted } from '../deploy/nodes.ts';
import { canRunContainers, preflight } from '../deploy/preflight.ts';
import { untilDnsAnswers, untilNodesReady } from '../deploy/readiness.ts';
import { SELF_VERSION } from '../deploy/version.ts';

/** `steersman up`: safe to run again at any time; it starts what does not run and leaves alone what does. */
export const command: ComponentCommand = {
  name: 'up',
  summary: 'Starts a Kubernetes cluster on this machine, or brings an existing one up again.',
  flags: [
    ...LOCATION_FLAGS,
    { name: 'kubeconfig', type: 'string', help: 'File to add the cluster to; by default the one that kubectl uses.' },
    {
      name: 'runtime',
      type: 'string',
      help: 'containerd or simulated (nodes without containers); containerd where that is possible.',
    },
    { name: 'nodes', type: 'int', default: 1, help: 'How many nodes.' },
    {
      name: 'hosts',
      type: 'bool',
      help: 'Put all nodes into namespaced hosts, which have no route out, instead of the first on the machine itself.',
    },
    { name: 'install', type: 'bool', help: 'Install missing packages of the operating system without asking.' },
    { name: 'api-port', type: 'int', default: DEFAULTS.apiPort, help: 'Port of the API server.' },
    {
      name: 'service-cidr',
      type: 'string',
      default: DEFAULTS.serviceCidr,
      help: 'Range of the cluster IPs of Services.',
    },
    {
      name: 'api-servers',
      type: 'int',
      default: 1,
      help: 'How many API servers, each with controllers and a scheduler that stand for election, behind a load balancer.',
    },
    {
      name: 'store',
      type: 'string',
      default: 'embedded',
      help: 'Where objects are kept: embedded (no other program) or etcd.',
    },
    { name: 'etcd-members', type: 'int', default: 1, help: 'How many members the etcd has: 1, 3 or 5.' },
    { name: 'pod-cidr', type: 'string', default: DEFAULTS.podCidr, help: 'Range of the pods.' },
  ],
  async run(flags, effects, signal) {
    const started = effects.clock.monotonic();
    const { layout, name } = locationOf(flags);
    const request = requestOf(flags, name);
    const progress = createProgress();
    using _lock = await lockCluster(layout.folder);
    const file = flags.string('kubeconfig') || usualKubeconfig(process.env);
    checkKubeconfigFile(file);
    const config = await preflight({ layout, request, install: flags.bool('install'), progress });
    markFolder(layout.folder);
    writeClusterConfig(layout, config);
    if (config.runtime === 'simulated' && request.runtime === undefined && !canRunContainers()) {
      progress.note('Without root on Linux, nodes are simulated: pods become Ready, but no containers run.');
    }
    const deployment: Deployment = { config, layout, effects, progress, signal };
    await bringUp(deployment, file);
    progress.end();
    const seconds = ((effects.clock.monotonic() - started) / 1000).toFixed(1);
    process.stdout.write(farewell(deployment, file, seconds));
  },
};

function requestOf(flags: FlagValues, name: string): ClusterRequest {
  const runtime = flags.string('runtime');
  if (runtime !== '' && runtime !== 'containerd' && runtime !== 'simulated') {
    throw new ClusterError('invalid-option', `--runtime ${runtime}: use containerd or simulated`);
  }
  const store = flags.string('store');
  if (store !== 'embedded' && store !== 'etcd')
    throw new ClusterError('invalid-option', `--store ${store}: use embedded or etcd`);
  return {
    name,
    ...(runtime === '' ? {} : { runtime }),
    ...(flags.given('nodes') ? { nodes: flags.number('nodes') } : {}),
    ...(flags.given('hosts') ? { hosts: flags.bool('hosts') } : {}),
    ...(flags.given('api-port') ? { apiPort: flags.number('api-port') } : {}),
    ...(flags.given('service-cidr') ? { serviceCidr: flags.string('service-cidr') } : {}),
    ...(flags.given('api-servers') ? { apiServers: flags.number('api-servers') } : {}),
    ...(flags.given('store') ? { store } : {}),
    ...(flags.given('etcd-members') ? { etcdMembers: flags.number('etcd-members') } : {}),
    ...(flags.given('pod-cidr') ? { podCidr: flags.string('pod-cidr') } : {}),
  };
}

async function bringUp(deployment: Deployment, kubeconfigFile: string): Promise<void> {
  const { config, layout, effects, progress } = deployment;
  const containers = config.runtime === 'containerd';
  if (containers) await ensureBridge(config, layout);
  const pki = await progress.step('Certificates', () => ensureCredentials(config, layout, effects));
  const client = adminClient(deployment);
  const startedAt = effects.clock.now();
  let started = false;
  const controlPlane = progress.step(controlPlaneTitle(config), async () => {
    started = await ensureControlPlane(deployment, client, pki);
    if (!started && !containers) reloadSimulatedNodes(deployment);
    mergeIntoFile(kubeconfigFile, adminKubeconfig(config, pki));
  });
  // Both are awaited before anything is thrown, so that a failure of one never leaves the other running unseen.
  const parts = await allSettled([controlPlane, containers ? realNodes(deployment) : Promise.resolve(false)]);
  const since = started || parts[1] ? startedAt : startedAt - LEASE_MS;
  const title = config.nodes.length === 1 ? 'Node Ready' : `${config.nodes.length} nodes Ready`;
  const nodes = progress.step(title, () => untilNodesReady(deployment, client, since));
  // Only now, because a node that lacks the image would try to download it and then wait for a while.
  const dns = containers ? progress.step('DNS answers', () => dnsUp(deployment, client)) : Promise.resolve();
  await allSettled([nodes, dns]);
  await client.transport.close();
}

function controlPlaneTitle(config: ClusterConfig): string {
  if (!isSplit(config)) return 'Control plane';
  const store = storeAddresses(config).length === 1 ? 'store' : `${storeAddresses(config).length} members of the store`;
  return `${apiServerAddresses(config).length} API servers, ${store}`;
}

/** A node that renewed its Lease this recently is alive (upstream's --node-status grace: 40 s lease duration). */
const LEASE_MS = 40_000;

/** As Promise.all, but throws only once everything has ended. */
async function allSettled<T extends readonly unknown[]>(
  work: readonly [...{ [K in keyof T]: Promise<T[K]> }],
): Promise<T> {
  const results = await Promise.allSettled(work);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
  return results.map((result) => (result as PromiseFulfilledResult<unknown>).value) as unknown as T;
}

async function dnsUp({ config, effects, signal }: Deployment, client: Client): Promise<void> {
  await applyDns(client, config);
  await untilDnsAnswers(client, config, effects.clock, signal);
}

/** Brings up every node; returns whether a node process had to be started. */
async function realNodes(deployment: Deployment): Promise<boolean> {
  let started = false;
  const { config, layout, progress } = deployment;
  recordChanges(layout, { folders: ensureMountPoints() });
  const version = await installedContainerdVersion();
  const small: Wanted = {
    names: [PAUSE_IMAGE, BUSYBOX_IMAGE],
    make: once(async () => [pauseImage(), await busyboxImageOf(findProgram('busybox') ?? '/bin/busybox')]),
  };
  const large: Wanted = {
    names: [steersmanImageName(SELF_VERSION)],
    fingerprint: sourceFingerprint(),
    make: once(async () => [
      await steersmanImageOf({ version: SELF_VERSION, bundle: await bundleForCluster(), data: dataForCluster() }),
    ]),
  };
  const hosts = await Promise.all(
    config.nodes.map(async (node) => {
      mkdirSync(layout.node(node.name).folder, { recursive: true });
      const host = await progress.step(`${node.name}: containerd`, () => ensureNodeHost(deployment, node, version));
      await ensureImages(host, small);
      if (await ensureNodeProcess(deployment, node, host)) started = true;
      return host;
    }),
  );
  await progress.step('Images', () => inTurns(hosts, (host) => ensureImages(host, large)));
  return started;
}

/** A few at a time: each import writes 300 MB. */
const IMPORTS_AT_ONCE_MAX = 2;

async function inTurns<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const waiting = [...items];
  const worker = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: IMPORTS_AT_ONCE_MAX }, worker));
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

function farewell({ config }: Deployment, file: string, seconds: string): string {
  const option = file === usualKubeconfig(process.env) ? '' : ` --kubeconfig ${file}`;
  const nodes = config.nodes.length === 1 ? '1 node' : `${config.nodes.length} nodes`;
  const kind = config.runtime === 'simulated' ? 'simulated ' : '';
  const lines = [
    `Cluster "${config.name}" is up (${kind}${nodes}, ${seconds} s). Next:`,
    `  kubectl${option} get nodes,pods -A`,
    `  kubectl${option} create deployment web --image=${BUSYBOX_IMAGE} --replicas=3`,
    `  kubectl${option} expose deployment web --port=80`,
  ];
  return `${lines.join('\n')}\n`;
}
