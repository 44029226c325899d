/** A cluster for a run of the tests, started as a user starts one, in a folder of its own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '@steersman/machinery';
import { ConformanceError } from './framework/expect.ts';
import { runProgram } from './framework/kubectl.ts';

const PROGRAM = fileURLToPath(new URL('../../../steersman', import.meta.url));
const API_SERVER = /^control-plane-/;

/** What can be asked for by name: options of `steersman up`. */
export const CLUSTERS: Readonly<Record<string, readonly string[]>> = {
  one: [],
  embedded: ['--api-servers=3', '--store=embedded'],
  etcd: ['--api-servers=3', '--store=etcd'],
  'etcd-3': ['--api-servers=3', '--store=etcd', '--etcd-members=3'],
};

export interface ClusterOptions {
  /** One of `CLUSTERS`. */
  readonly kind: string;
  readonly runtime: 'simulated' | 'containerd';
  readonly nodes: number;
}

export interface RunningCluster extends AsyncDisposable {
  readonly kubeconfig: string;
  /** URLs of the API servers behind the load balancer; empty when there is one server and no load balancer. */
  readonly servers: readonly string[];
  /** Kills an API server, with the controllers and the scheduler in its process, without warning; says which. */
  kill(index: number): Promise<string>;
  /** Starts again what was killed; resolves when it is ready. */
  resume(): Promise<void>;
}

interface Part {
  readonly name: string;
  readonly address?: string;
  readonly pid?: number;
}

/** Resolves when every node is Ready. Dispose of it to take everything away. */
export async function startCluster({ kind, runtime, nodes }: ClusterOptions): Promise<RunningCluster> {
  const asked = CLUSTERS[kind];
  if (asked === undefined)
    throw new ConformanceError(`expected one of ${Object.keys(CLUSTERS).join(', ')} as the cluster, got ${kind}`);
  const base = mkdtempSync(join(tmpdir(), 'steersman-conformance-'));
  const kubeconfig = join(base, 'kubeconfig');
  const place = ['--name', `conformance${process.pid}`, '--data-dir', join(base, 'data')];
  const must = async (command: string, ...args: readonly string[]) => {
    const { code, stdout, stderr } = await runProgram(PROGRAM, [command, ...place, ...args]);
    if (code === 0) return stdout;
    throw new ConformanceError(`steersman ${command}: expected exit 0, got ${code}: ${stderr}${stdout}`);
  };
  const up = (...args: readonly string[]) => must('up', '--kubeconfig', kubeconfig, ...args);
  const apiServers = async () => {
    const { stdout } = await runProgram(PROGRAM, ['status', ...place, '-o', 'json']);
    const { parts } = JSON.parse(stdout) as { readonly parts: readonly Part[] };
    return parts.filter(({ name }) => API_SERVER.test(name));
  };
  const remove = async () => {
    await must('down', '--kubeconfig', kubeconfig, '--purge');
    rmSync(base, { recursive: true, force: true });
  };
  try {
    const hosts = runtime === 'containerd' ? ['--hosts'] : [];
    const nodeFlags = ['--runtime', runtime, '--nodes', String(nodes), ...hosts];
    await up('--api-port', String(await freePort()), ...nodeFlags, ...asked);
    return {
      kubeconfig,
      servers: (await apiServers()).map(({ address = '' }) => address),
      async kill(index) {
        const running = (await apiServers()).filter(({ pid }) => pid !== undefined);
        const { name, pid } = running[index % running.length]!;
        process.kill(pid!, 'SIGKILL');
        return name;
      },
      async resume() {
        await up();
      },
      [Symbol.asyncDispose]: remove,
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Kills one API server after the other, `everyMs` apart, and starts each again, until the signal aborts. */
export async function killServers(
  cluster: RunningCluster,
  everyMs: number,
  signal: AbortSignal,
  report: (text: string) => void,
): Promise<number> {
  for (let kills = 0; ; kills++) {
    await sleep(everyMs, undefined, { signal }).catch(() => {});
    if (signal.aborted) return kills;
    report(`killed ${await cluster.kill(kills)}`);
    await cluster.resume();
  }
}
