/** The API server on a single etcd: Debian's, as it comes, with its own fsync per commit. */
import { join } from 'node:path';
import { freePort, startApiServer } from './api-server.ts';
import { type MeasuredProcess, startMeasured, waitFor } from './measured-process.ts';
import type { Row } from './report.ts';
import { requester } from './target.ts';
import { postScript, runLoad } from './wrk.ts';

const NAMESPACE = 'posted';

async function startEtcd(folder: string): Promise<{ readonly url: string; readonly process: MeasuredProcess }> {
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
  const args = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
  const process = startMeasured('etcd', args, join(folder, 'etcd.log'));
  const answers = async () => ((await fetch(`${url}/health`)).ok ? true : undefined);
  await waitFor('etcd', answers, 30_000);
  return { url, process };
}

export async function etcdRows(
  options: { readonly folder: string; readonly seconds: number },
  add: (row: Row) => void,
): Promise<void> {
  const folder = join(options.folder, 'api');
  const server = await startApiServer(folder, undefined, async () => {
    const etcd = await startEtcd(folder);
    return { flags: { 'etcd-servers': etcd.url }, end: () => etcd.process.end() };
  });
  try {
    const send = requester(server.target, 1);
    await send('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
    const path = `/api/v1/namespaces/${NAMESPACE}/configmaps`;
    const load = { path, connections: 32, seconds: options.seconds, script: postScript(NAMESPACE, 'post') };
    const { perSecond, p50Ms, p99Ms, cpuMicrosPerRequest, failures } = await runLoad(
      server.target,
      server.process,
      load,
      folder,
    );
    add({
      work: 'POST ConfigMap 0.5 KB on etcd 3.4, 32 connections',
      upstream: 2430,
      measured: perSecond,
      unit: '/s',
      better: 'higher',
      note: `p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms, server CPU ${cpuMicrosPerRequest.toFixed(0)} µs each${failures > 0 ? `, ${failures} FAILED` : ''}`,
    });
  } finally {
    await server.process.end();
    await server.endStore();
  }
}
