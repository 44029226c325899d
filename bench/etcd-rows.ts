/** The API server on an etcd: Debian's, as it comes, with its own fsync per commit; or `steersman etcd`. */
import { join } from 'node:path';
import { freePort } from '@steersman/machinery';
import { startApiServer } from './api-server.ts';
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

export function faceRows(options: EtcdRowsOptions, add: (row: Row) => void): Promise<void> {
  return postRow('steersman etcd', startFace, options, add);
}

async function postRow(
  name: string,
  start: (folder: string) => Promise<RunningEtcd>,
  options: EtcdRowsOptions,
  add: (row: Row) => void,
): Promise<void> {
  const folder = join(options.folder, 'api');
  let etcd: RunningEtcd | undefined;
  const server = await startApiServer(folder, undefined, async () => {
    etcd = await start(folder);
    return { flags: { 'etcd-servers': etcd.url }, end: async () => etcd?.process.end() };
  });
  try {
    const send = requester(server.target, 1);
    await send('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
    const path = `/api/v1/namespaces/${NAMESPACE}/configmaps`;
    const load = { path, connections: 32, seconds: options.seconds, script: postScript(NAMESPACE, 'post') };
    const before = etcd!.process.cpuSeconds();
    const result = await runLoad(server.target, server.process, load, folder);
    const etcdMicros = ((etcd!.process.cpuSeconds() - before) / (result.perSecond * options.seconds)) * 1e6;
    const cpu = [result.cpuMicrosPerRequest, etcdMicros, result.clientMicrosPerRequest].map((one) => one.toFixed(0));
    add({
      work: `POST ConfigMap 0.5 KB on ${name}, 32 connections`,
      upstream: 2430,
      measured: result.perSecond,
      unit: '/s',
      better: 'higher',
      note: `p50 ${result.p50Ms.toFixed(1)} ms, p99 ${result.p99Ms.toFixed(1)} ms, CPU each: server ${cpu[0]} µs, store ${cpu[1]} µs, client ${cpu[2]} µs${result.failures > 0 ? `, ${result.failures} FAILED` : ''}`,
    });
  } finally {
    await server.process.end();
    await server.endStore();
  }
}
