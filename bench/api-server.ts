/** kube-apiserver alone on the embedded store, as its users start it: TLS, tokens, RBAC; no audit, no encryption at rest. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensurePki } from '@steersman/cluster';
import { freePort, realEffects } from '@steersman/machinery';
import { type MeasuredProcess, startMeasured, waitFor } from './measured-process.ts';
import { requester, type Target } from './target.ts';

export interface ApiServerUnderTest {
  readonly target: Target;
  readonly process: MeasuredProcess;
  /** Seconds from the start of the process to /readyz. */
  readonly readySeconds: number;
  readonly pkiFolder: string;
  /** To be called when the server has ended. */
  readonly endStore: () => Promise<void>;
}

/** Where the objects are kept: what the server is told of it, and how it is ended. */
export interface Store {
  readonly flags: Readonly<Record<string, string>>;
  readonly end: () => Promise<void>;
}

async function embeddedStore(folder: string): Promise<Store> {
  return { flags: { 'data-dir': join(folder, 'data') }, end: async () => undefined };
}

const TOKEN = 'bench-token-4f1c2d7e9a';

/** With `turnFile`, the server writes there how long its event loop was busy at a stretch: see turn-meter.ts. */
export async function startApiServer(
  folder: string,
  turnFile?: string,
  store: (folder: string) => Promise<Store> = embeddedStore,
): Promise<ApiServerUnderTest> {
  const pkiFolder = join(folder, 'pki');
  mkdirSync(pkiFolder, { recursive: true });
  await ensurePki(
    pkiFolder,
    { apiServerHosts: [], serviceAddress: '10.96.0.1', clusterDomain: 'cluster.local', nodes: [] },
    realEffects({ component: 'bench' }),
  );
  writeFileSync(join(folder, 'tokens.csv'), `${TOKEN},bench,bench-uid,"system:masters"\n`);
  const { flags: storeFlags, end: endStore } = await store(folder);
  const port = await freePort();
  const flags = {
    'secure-port': port,
    'bind-address': '127.0.0.1',
    ...storeFlags,
    'token-auth-file': join(folder, 'tokens.csv'),
    'authorization-mode': 'RBAC',
    'client-ca-file': join(pkiFolder, 'ca.crt'),
    'tls-cert-file': join(pkiFolder, 'apiserver.crt'),
    'tls-private-key-file': join(pkiFolder, 'apiserver.key'),
    'service-account-key-file': join(pkiFolder, 'sa.pub'),
    'service-account-signing-key-file': join(pkiFolder, 'sa.key'),
    'service-account-issuer': 'https://kubernetes.default.svc.cluster.local',
    'service-cluster-ip-range': '10.96.0.0/16',
  };
  const args = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
  const main = new URL('../packages/steersman/src/main.ts', import.meta.url).pathname;
  const meter = turnFile === undefined ? [] : ['--import', new URL('turn-meter.ts', import.meta.url).href];
  const startedAt = performance.now();
  const conditions = process.execArgv.filter((argument) => argument.startsWith('--conditions'));
  const server = startMeasured(
    process.execPath,
    [...conditions, ...meter, main, 'kube-apiserver', ...args],
    join(folder, 'kube-apiserver.log'),
    turnFile === undefined ? {} : { TURN_FILE: turnFile },
  );
  const target = { url: `https://127.0.0.1:${port}`, token: TOKEN };
  const send = requester(target, 1);
  await waitFor('/readyz', async () => ((await send('GET', '/readyz')).status === 200 ? true : undefined), 60_000);
  return { target, process: server, readySeconds: (performance.now() - startedAt) / 1000, pkiFolder, endStore };
}
