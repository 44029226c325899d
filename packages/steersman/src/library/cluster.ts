/**
 * A cluster inside this process, for tests: the real API server, controllers, scheduler and kubelets, with the store in
 * memory and nodes that simulate containers. Nothing is written to disk and no port is opened unless asked for.
 */
import { isNotFound, type KubeObject, Resources } from '@steersman/api';
import { type Client, createClient } from '@steersman/client';
import { issuePki, kubeconfigText, kubernetesServiceAddress, type MemoryPki, makeKubeconfig } from '@steersman/cluster';
import { type Effects, realEffects } from '@steersman/machinery';
import { createMemoryStorage } from '@steersman/storage';
import { type ControlPlane, startControlPlane } from '../control-plane/start.ts';
import { isNodeReady } from '../deploy/readiness.ts';
import { applyManifests } from './apply.ts';

export interface ClusterOptions {
  /** How many simulated nodes, named node-1 and up; 1 when absent. */
  readonly nodes?: number;
  /** Serve HTTPS on this port of the loopback address, so that kubectl can join in; 0: any free one. Absent: no port. */
  readonly port?: number;
  /** Range of Services; 10.96.0.0/16 when absent. */
  readonly serviceCidr?: string;
  /** Range of pods; 10.244.0.0/16 when absent. */
  readonly podCidr?: string;
  /** What is logged to standard error; nothing when absent. */
  readonly logLevel?: 'debug' | 'info' | 'warn' | 'error';
}

export interface Cluster extends AsyncDisposable {
  /** With the rights of a cluster administrator, without a network in between. */
  readonly client: Client;
  /** `https://127.0.0.1:<port>`; undefined without a port. */
  readonly url: string | undefined;
  /** The text of a kubeconfig for the port; undefined without one. */
  readonly kubeconfig: string | undefined;
  /** The client of any other user: every request passes authorization. */
  clientFor(user: { readonly name: string; readonly groups?: readonly string[] }): Client;
  /** Server-side apply of a YAML manifest; objects without a namespace go to `namespace`, `default` when absent. */
  apply(manifest: string, namespace?: string): Promise<readonly KubeObject[]>;
  /** Adds simulated nodes; resolves when they are Ready. */
  addNodes(count: number): Promise<void>;
  /** Ends everything. May be called more than once; `await using` calls it too. */
  stop(): Promise<void>;
}

const ADMIN = { name: 'kubernetes-admin', groups: ['system:masters'] };
const POLL_MS = 5;

/** Starts a cluster; resolves when its nodes are Ready and pods can be created in the default namespace. */
async function start(options: ClusterOptions = {}): Promise<Cluster> {
  const { serviceCidr = '10.96.0.0/16', podCidr = '10.244.0.0/16', logLevel = 'silent' } = options;
  const effects = realEffects({ component: 'steersman', level: logLevel });
  const alive = setInterval(() => {}, 2 ** 30); // The clock's timers keep no process alive; a running cluster does.
  const stop = new AbortController();
  const storage = createMemoryStorage({ clock: effects.clock });
  try {
    const pki = options.port === undefined ? undefined : await issuePki(pkiRequest(serviceCidr), effects);
    const controlPlane = await startControlPlane({
      storage,
      effects,
      signal: stop.signal,
      server: { serviceClusterIpRanges: [serviceCidr] },
      controllers: {
        allocateNodeCidrs: true,
        clusterCidrs: [podCidr],
        serviceCidrs: [serviceCidr],
        // Every pod mounts it, also in a cluster that nobody reaches by TLS.
        rootCa: pki?.pair('ca').certificate ?? '# This cluster serves no TLS.\n',
      },
      onFatal: (error) => effects.log.error('The cluster cannot go on', { error: String(error) }),
      ...(pki === undefined ? {} : { signingKey: pki.serviceAccount.key }),
    });
    const served = pki === undefined ? undefined : await serve(controlPlane, pki, options.port ?? 0);
    const cluster = assemble(controlPlane, effects, stop, served, async () => {
      await storage.close();
      clearInterval(alive);
    });
    await cluster.addNodes(options.nodes ?? 1);
    await untilUsable(cluster.client, effects);
    return cluster;
  } catch (error) {
    stop.abort();
    clearInterval(alive);
    throw error;
  }
}

/** `Cluster.start()` gives a `Cluster`. */
export const Cluster = { start } as const;

interface Served {
  readonly url: string;
  readonly kubeconfig: string;
}

function assemble(
  controlPlane: ControlPlane,
  effects: Effects,
  stop: AbortController,
  served: Served | undefined,
  release: () => Promise<void>,
): Cluster {
  const client = createClient(controlPlane.server.transportFor(ADMIN), {
    userAgent: 'steersman-library',
    clock: effects.clock,
  });
  let nodes = 0;
  let stopping: Promise<void> | undefined;
  const end = () => {
    stopping ??= (async () => {
      stop.abort();
      await controlPlane.close();
      await release();
    })();
    return stopping;
  };
  return {
    client,
    url: served?.url,
    kubeconfig: served?.kubeconfig,
    clientFor: ({ name, groups = [] }) => controlPlane.server.clientFor({ name, groups }),
    apply: (manifest, namespace = 'default') => applyManifests(client, manifest, namespace),
    async addNodes(count) {
      if (count === 0) return;
      const first = nodes + 1;
      nodes += count;
      await controlPlane.addSimulatedNodes(count, first);
      await untilNodesReady(client, nodes, effects);
    },
    stop: end,
    [Symbol.asyncDispose]: end,
  };
}

async function serve({ server }: ControlPlane, pki: MemoryPki, port: number): Promise<Served> {
  const pair = pki.pair('apiserver');
  const authority = pki.pair('ca').certificate;
  const tls = { certificate: pair.certificate, key: pair.key, clientCertificateAuthority: authority };
  const address = await server.listen({ host: '127.0.0.1', port, tls });
  const url = `https://127.0.0.1:${address.port}`;
  const config = makeKubeconfig({
    name: 'steersman',
    user: 'steersman-admin',
    server: url,
    authority,
    ...pki.pair('admin'),
  });
  return { url, kubeconfig: kubeconfigText(config) };
}

function pkiRequest(serviceCidr: string) {
  return {
    apiServerHosts: [],
    serviceAddress: kubernetesServiceAddress(serviceCidr),
    clusterDomain: 'cluster.local',
    nodes: [],
  };
}

async function untilNodesReady(client: Client, count: number, { clock }: Effects): Promise<void> {
  for (;;) {
    const { items } = await client.resource(Resources.nodes).list();
    if (items.filter(isNodeReady).length >= count) return;
    await clock.sleep(POLL_MS);
  }
}

/** Pods need the default service account, which a controller makes. */
async function untilUsable(client: Client, { clock }: Effects): Promise<void> {
  const accounts = client.resource(Resources.serviceAccounts);
  for (;;) {
    try {
      await accounts.get({ namespace: 'default', name: 'default' });
      return;
    } catch (error) {
      if (!isNotFound(error)) throw error;
      await clock.sleep(POLL_MS);
    }
  }
}
