/** The API server on an etcd: Debian's, as it comes, with its own fsync per commit; or `steersman etcd`. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '@steersman/machinery';
import { type ApiServerUnderTest, type Store, startApiServer } from './api-server.ts';
import { type MeasuredProcess, startMeasured, waitFor } from './measured-process.ts';
import type { Row } from './report.ts';
import { requester } from './target.ts';
import { postScript, runLoad } from './wrk.ts';

const NAMESPACE = 'posted';

interface RunningEtcd {
  readonly url: string;
  readonly process: MeasuredProcess;
}

async function startEtcd(folder: string): Promise<RunningEtcd> {
  const url = `http://127.0.0.1:${await freePort()}`;
  const peerUrl = `http://127.0.0.1:${await freePort()}`;
  const flags = {
    'data-dir': join(folder, 'etcd'),
    'listen-client-urls': url,
    'advertise-client-urls': url,
    'listen-peer-urls': peerUrl,
    'initial-advertise-peer-urls': peerUrl,
    'initial-cluster': `default=${peerUrl}`,
  };
  return whenWell(url, startMeasured('etcd', argumentsOf(flags), join(folder, 'etcd.log')));
}

async function startFace(folder: string): Promise<RunningEtcd> {
  const url = `http://127.0.0.1:${await freePort()}`;
  const flags = { 'data-dir': join(folder, 'face'), 'listen-client-urls': url, 'advertise-client-urls': url };
  const main = new URL('../packages/steersman/src/main.ts', import.meta.url).pathname;
  const conditions = process.execArgv.filter((argument) => argument.startsWith('--conditions'));
  const args = [...conditions, main, 'etcd', ...argumentsOf(flags)];
  return whenWell(url, startMeasured(process.execPath, args, join(folder, 'face.log')));
}

const argumentsOf = (flags: Readonly<Record<string, string>>) =>
  Object.entries(flags).map(([name, value]) => `--${name}=${value}`);

async function whenWell(url: string, started: MeasuredProcess): Promise<RunningEtcd> {
  await waitFor(url, async () => ((await fetch(`${url}/health`)).ok ? true : undefined), 30_000);
  return { url, process: started };
}

export interface EtcdRowsOptions {
  readonly folder: string;
  readonly seconds: number;
}

export function etcdRows(options: EtcdRowsOptions, add: (row: Row) => void): Promise<void> {
  return postRow('etcd 3.4', startEtcd, options, add);
}

/** Also with three API servers, which all follow what is written. */
export async function faceRows(options: EtcdRowsOptions, add: (row: Row) => void): Promise<void> {
  await postRow('steersman etcd', startFace, options, add);
  await postRow('steersman etcd', startFace, { ...options, folder: join(options.folder, 'three'), servers: 3 }, add);
}

async function postRow(
  name: string,
  start: (folder: string) => Promise<RunningEtcd>,
  options: EtcdRowsOptions & { readonly servers?: number },
  add: (row: Row) => void,
): Promise<void> {
  mkdirSync(options.folder, { recursive: true });
  const etcd = await start(options.folder);
  const servers: ApiServerUnderTest[] = [];
  const store: Store = { flags: { 'etcd-servers': etcd.url }, end: async () => undefined };
  try {
    for (let index = 0; index < (options.servers ?? 1); index += 1)
      servers.push(await startApiServer(join(options.folder, `api-${index}`), undefined, async () => store));
    add(await measured(name, servers, etcd, options));
  } finally {
    for (const server of servers) await server.process.end();
    await etcd.process.end();
  }
}

/** Writes through the first of the servers. */
async function measured(
  name: string,
  [first, ...others]: readonly ApiServerUnderTest[],
  etcd: RunningEtcd,
  { folder, seconds }: EtcdRowsOptions,
): Promise<Row> {
  const { target, process: server } = first!;
  const send = requester(target, 1);
  await send('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
  const path = `/api/v1/namespaces/${NAMESPACE}/configmaps`;
  const load = { path, connections: 32, seconds, script: postScript(NAMESPACE, 'post') };
  const watched = [etcd.process, ...others.map((other) => other.process)];
  const before = watched.map((one) => one.cpuSeconds());
  const result = await runLoad(target, server, load, folder);
  const requests = result.perSecond * seconds;
  const [store, ...rest] = watched.map((one, index) => ((one.cpuSeconds() - before[index]!) / requests) * 1e6);
  const micros = (value: number) => `${value.toFixed(0)} µs`;
  const parts = [
    `server ${micros(result.cpuMicrosPerRequest)}`,
    ...rest.map((value) => `another server ${micros(value)}`),
    `store ${micros(store!)}`,
    `client ${micros(result.clientMicrosPerRequest)}`,
  ];
  const failed = result.failures > 0 ? `, ${result.failures} FAILED` : '';
  return {
    work: `POST ConfigMap 0.5 KB on ${name}${others.length > 0 ? ` with ${others.length + 1} API servers` : ''}, 32 connections`,
    upstream: 2430,
    measured: result.perSecond,
    unit: '/s',
    better: 'higher',
    note: `p50 ${result.p50Ms.toFixed(1)} ms, p99 ${result.p99Ms.toFixed(1)} ms, CPU each: ${parts.join(', ')}; the store has ${etcd.process.residentMb().toFixed(0)} MB then${failed}`,
  };
}
