/** The cluster under test: how it is reached, and what it has. */
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type Node, Resources } from '@steersman/api';
import { type Client, createClient, createHttpTransport, loadKubeconfig } from '@steersman/client';
import { realClock } from '@steersman/machinery';
import type { Need } from './contract.ts';
import { spreadTransport } from './spread.ts';

export interface EnvironmentOptions {
  readonly kubeconfig: string;
  /** URLs of the API servers that requests are spread over; that of the kubeconfig when absent. */
  readonly servers?: readonly string[];
  /** The kubectl to use; the one on PATH when absent. */
  readonly kubectl?: string;
  /** Whether nodes run containers; found out from the nodes when absent. */
  readonly containers?: boolean;
  /** See `Trial.image`. */
  readonly image?: string;
  /** Also run what takes minutes. */
  readonly slow?: boolean;
}

export interface Environment extends AsyncDisposable {
  readonly client: Client;
  readonly kubeconfig: string;
  readonly kubectl: string | undefined;
  readonly cacheFolder: string;
  readonly image: string;
  readonly gitVersion: string;
  /** Why a need is not met here, by need. */
  readonly missing: ReadonlyMap<Need, string>;
}

const STEERSMAN_IMAGE = 'steersman.local/busybox:1';
const UPSTREAM_IMAGE = 'registry.k8s.io/e2e-test-images/busybox:1.29-4';
/** Runtimes that only say that containers run. */
const SIMULATED_RUNTIME = /^(steersman-simulated|kwok|fake)/;

/** The program's path, looked up as a shell would. */
export function findOnPath(name: string, path: string = process.env['PATH'] ?? ''): string | undefined {
  if (name.includes('/')) return isExecutable(name) ? name : undefined;
  return path
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function runsContainers(nodes: readonly Node[]): boolean {
  const runtimes = nodes.map((node) => node.status?.nodeInfo?.containerRuntimeVersion ?? '');
  return runtimes.some((runtime) => runtime !== '' && !SIMULATED_RUNTIME.test(runtime));
}

/** Connects to a cluster. Throws when it cannot be reached. Dispose of it to let the process end. */
export async function connect(options: EnvironmentOptions): Promise<Environment> {
  const access = loadKubeconfig(options.kubeconfig);
  const servers = options.servers ?? [];
  const transport =
    servers.length === 0
      ? createHttpTransport(access)
      : spreadTransport(servers.map((server) => createHttpTransport({ ...access, server })));
  const client = createClient(transport, { clock: realClock(), userAgent: 'steersman-conformance' });
  const { gitVersion } = await client.json<{ readonly gitVersion: string }>('GET', '/version');
  const { items: nodes } = await client.resource(Resources.nodes).list();
  const kubectl = findOnPath(options.kubectl ?? 'kubectl');
  const missing = new Map<Need, string>();
  if (!(options.containers ?? runsContainers(nodes))) missing.set('containers', 'needs nodes that run containers');
  if (kubectl === undefined) missing.set('kubectl', `needs ${options.kubectl ?? 'kubectl'}`);
  if (options.slow !== true) missing.set('slow', 'takes minutes; pass --slow');
  const cacheFolder = mkdtempSync(join(tmpdir(), 'conformance-'));
  return {
    client,
    kubeconfig: options.kubeconfig,
    kubectl,
    cacheFolder,
    image: options.image ?? (gitVersion.includes('+steersman') ? STEERSMAN_IMAGE : UPSTREAM_IMAGE),
    gitVersion,
    missing,
    async [Symbol.asyncDispose]() {
      await transport.close();
      rmSync(cacheFolder, { recursive: true, force: true });
    },
  };
}
