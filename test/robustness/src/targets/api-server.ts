/** One kube-apiserver process under test, and the way to talk to it. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createClient, createHttpTransport, type HttpTransportOptions } from '@steersman/client';
import { ensurePki } from '@steersman/cluster';
import { realEffects } from '@steersman/machinery';
import { NAMESPACE } from '../traffic/api-client.ts';
import { type ManagedProcess, managedProcess } from './processes.ts';

const TOKEN = 'robustness-7d2b55';
const READY_MS_MAX = 180_000; // On a machine that is busy with other things.
/** Short, so that old reads and watches race with compaction all the time. */
const COMPACTION_INTERVAL = '2s';

export interface ApiServerUnderTest {
  readonly process: ManagedProcess;
  readonly connection: HttpTransportOptions;
  /** Resolves when /readyz says ok; rejects after three minutes. */
  ready(): Promise<void>;
}

/** Certificates and tokens for all servers of a run. */
export async function prepareSecrets(folder: string): Promise<string> {
  const pki = join(folder, 'pki');
  mkdirSync(pki, { recursive: true });
  const request = { apiServerHosts: [], serviceAddress: '10.96.0.1', clusterDomain: 'cluster.local', nodes: [] };
  await ensurePki(pki, request, realEffects({ component: 'robustness' }));
  writeFileSync(join(pki, 'tokens.csv'), `${TOKEN},robustness,robustness,"system:masters"\n`);
  return pki;
}

/**
 * What is started: with a clock that can be moved and that makes long timers short, for runs with faults, or exactly as it is shipped.
 */
export type Program = 'hasty' | 'shipped';

const programs: Readonly<Record<Program, readonly [string, ...string[]]>> = {
  hasty: ['../server-main.ts'],
  shipped: ['../../../../packages/steersman/src/main.ts', 'kube-apiserver'],
};

/** `storeFlags` say where it keeps its objects; `under` is a program that runs it, say to record what it does. */
export function apiServerUnderTest(
  name: string,
  port: number,
  folders: { readonly logs: string; readonly pki: string },
  storeFlags: readonly string[],
  program: Program = 'hasty',
  under: readonly string[] = [],
): ApiServerUnderTest {
  const { pki } = folders;
  const flags = [
    `--secure-port=${port}`,
    '--bind-address=127.0.0.1',
    `--token-auth-file=${join(pki, 'tokens.csv')}`,
    `--client-ca-file=${join(pki, 'ca.crt')}`,
    `--tls-cert-file=${join(pki, 'apiserver.crt')}`,
    `--tls-private-key-file=${join(pki, 'apiserver.key')}`,
    `--service-account-key-file=${join(pki, 'sa.pub')}`,
    `--service-account-signing-key-file=${join(pki, 'sa.key')}`,
    '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
    '--service-cluster-ip-range=10.96.0.0/16',
    `--etcd-compaction-interval=${COMPACTION_INTERVAL}`,
    ...storeFlags,
  ];
  const [file, ...command] = programs[program];
  const main = fileURLToPath(new URL(file, import.meta.url));
  const connection = {
    server: `https://127.0.0.1:${port}`,
    ca: readFileSync(join(pki, 'ca.crt'), 'utf8'),
    token: TOKEN,
  };
  const [first, ...others] = [...under, execPath];
  const process = managedProcess({
    name,
    program: first,
    args: () => [...others, '--conditions=steersman-source', main, ...command, ...flags],
    logFile: join(folders.logs, `${name}.log`),
    channel: program === 'hasty',
  });
  return {
    connection,
    process,
    ready: () => untilReady(process, connection),
  };
}

async function untilReady(server: ManagedProcess, connection: HttpTransportOptions): Promise<void> {
  const deadline = performance.now() + READY_MS_MAX;
  for (;;) {
    const transport = createHttpTransport(connection);
    try {
      const signal = AbortSignal.timeout(2000);
      const { status, body } = await transport.request({ method: 'GET', path: '/readyz', headers: {}, signal });
      for await (const _ of body);
      if (status === 200) return;
    } catch {
      // Not listening yet.
    } finally {
      await transport.close();
    }
    if (!server.running) throw new Error(`${server.name} ended by itself; see ${server.name}.log`);
    if (performance.now() > deadline)
      throw new Error(`${server.name} was not ready within ${READY_MS_MAX / 1000} s; see ${server.name}.log`);
    await sleep(50);
  }
}

/** Makes the namespace of the traffic; it may be there already. */
export async function makeNamespace({ connection }: ApiServerUnderTest): Promise<void> {
  const transport = createHttpTransport(connection);
  const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } };
  await createClient(transport).json('POST', '/api/v1/namespaces', body);
  await transport.close();
}
