/** A big cluster: 150,000 pods and 5,000 nodes stored, 500 status changes a second, watchers, and the heaviest reads meanwhile. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ApiServerUnderTest, startApiServer } from './api-server.ts';
import { fillStore, nodeName, podName, podNamespace } from './big-objects.ts';
import { residentMbOf } from './measured-process.ts';
import { openHttp2Watches } from './raw-http2.ts';
import { rawSender, tlsTo } from './raw-requests.ts';
import type { Row } from './report.ts';
import { requester, type Target } from './target.ts';
import { openHttp1Watch } from './watch-fanout.ts';

const PODS = 150_000;
const NODES = 5000;
const CHANGES_PER_SECOND = 500;
const CONNECTIONS = 8;
const TICK_MS = 20;
const METER_MS = 100;
const STRIDE = 7919; // Prime: changes go all over the cluster.
const COLLECTION_MANY = 26_000;
const PARTIAL = 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io';
const PARTIAL_LIST = 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io';
const PROTOBUF = 'application/vnd.kubernetes.protobuf';
const NEW_LINE = 0x0a;
const CLOSING_BRACE = 0x7d;

/** How long the server's event loop was held at a stretch since this was asked last: in CPU time and by the clock. */
function pauseMeter(target: Target, turnFile: string) {
  const send = requester(target, 1);
  let since = 0;
  return async (): Promise<{ readonly cpuMs: number; readonly wallMs: number }> => {
    await sleep(2 * METER_MS); // What has just been is written down by then.
    const turns = readFileSync(turnFile, 'utf8')
      .split('\n')
      .map((line) => line.split(' ').map(Number))
      .filter(([at = 0]) => at > since);
    since = Date.now();
    const { text } = await send('GET', '/metrics');
    const wall = /^nodejs_eventloop_lag_max_seconds (\S+)/m.exec(text)?.[1];
    return { cpuMs: Math.max(0, ...turns.map(([, ms = 0]) => ms)), wallMs: Number(wall) * 1000 };
  };
}

/** Changes the status of pods, steadily, until `stop`; resolves with the number and how many failed. */
async function changePods(target: Target, pods: number, stop: AbortSignal) {
  const senders = await Promise.all(Array.from({ length: CONNECTIONS }, () => rawSender(target)));
  const free = [...senders];
  const startedAt = performance.now();
  let [begun, failures] = [0, 0];
  while (!stop.aborted) {
    const due = ((performance.now() - startedAt) / 1000) * CHANGES_PER_SECOND;
    for (let sender = free.pop(); sender !== undefined; sender = begun < due ? free.pop() : undefined) {
      const one = sender;
      const index = (begun * STRIDE) % pods;
      const body = `{"status":{"message":"change ${begun}"}}`;
      const path = `/api/v1/namespaces/${podNamespace(index)}/pods/${podName(index)}/status`;
      begun += 1;
      void one.send('PATCH', path, body, 'application/merge-patch+json').then((status) => {
        if (status !== 200) failures += 1;
        free.push(one);
      });
    }
    await sleep(begun < due && free.length === 0 ? 1 : TICK_MS / 4);
  }
  for (const { close } of senders) close();
  return { changes: begun, failures, perSecond: (begun / (performance.now() - startedAt)) * 1000 };
}

/** Reads an answer of any size and throws it away; resolves with its bytes. */
async function drain(target: Target, path: string, accept: string, method = 'GET'): Promise<number> {
  const socket = await tlsTo(target, 'http/1.1');
  const head = `Host: bench\r\nAccept: ${accept}\r\nAuthorization: Bearer ${target.token}\r\nConnection: close`;
  socket.write(`${method} ${path} HTTP/1.1\r\n${head}\r\n\r\n`);
  let bytes = 0;
  for await (const chunk of socket) bytes += (chunk as Buffer).length;
  return bytes;
}

/** Watchers of the kinds that a cluster has; counts the events of the one that sees all. */
async function openWatchers(target: Target, revision: string) {
  const path = `/api/v1/pods?watch=true&allowWatchBookmarks=true&resourceVersion=${revision}`;
  const counted = { events: 0 };
  let last = 0;
  const count = (data: Buffer) => {
    // Chunks end with a new line too, but not after a brace.
    for (let at = data.indexOf(NEW_LINE); at !== -1; at = data.indexOf(NEW_LINE, at + 1))
      if ((at === 0 ? last : data[at - 1]) === CLOSING_BRACE) counted.events += 1;
    last = data[data.length - 1] ?? 0;
  };
  const ignore = () => undefined;
  const sockets = await Promise.all([
    openHttp1Watch(target, path, count),
    openHttp1Watch(target, `${path}&fieldSelector=spec.nodeName%3D${nodeName(7)}`, ignore),
    openHttp1Watch(target, path, ignore, PARTIAL),
    openHttp2Watches(target, path, [ignore, ignore]),
  ]);
  return { counted, close: () => sockets.forEach((socket) => void socket.destroy()) };
}

async function createMany(target: Target, count: number): Promise<string> {
  const senders = await Promise.all(Array.from({ length: 32 }, () => rawSender(target)));
  const path = '/api/v1/namespaces/team-0/configmaps';
  let next = 0;
  await Promise.all(
    senders.map(async ({ send, close }) => {
      while (next < count)
        await send('POST', path, `{"metadata":{"name":"many-${next++}"},"data":{"a":"${'x'.repeat(300)}"}}`);
      close();
    }),
  );
  return path;
}

export interface BigOptions {
  readonly folder: string;
  readonly seconds: number;
  readonly scale: number;
}

/** The rows of issue 3's big cluster. `scale` 1 is the whole size. */
export async function bigRows({ folder, seconds, scale }: BigOptions, add: (row: Row) => void): Promise<void> {
  const cluster = { pods: Math.round(PODS * scale), nodes: Math.round(NODES * scale) };
  const podBytes = await fillStore(join(folder, 'data'), cluster);
  const what = `${cluster.pods.toLocaleString('en-US')} pods of ${podBytes} bytes and ${cluster.nodes.toLocaleString('en-US')} nodes`;
  const turnFile = join(folder, 'turns');
  const server = await startApiServer(folder, turnFile);
  try {
    const row = (work: string, measured: number, unit: string, note = '') =>
      add({ work, upstream: undefined, measured, unit, better: 'lower', note });
    row(`start to /readyz with ${what}`, server.readySeconds, 's', `CPU ${server.process.cpuSeconds().toFixed(1)} s`);
    row('resident memory then', server.process.residentMb(), 'MB', mapped(server.process.pid));
    await underLoad(server, turnFile, cluster.pods, seconds, row);
    row(
      'resident memory at the end',
      server.process.residentMb(),
      'MB',
      `peak ${server.process.peakMb().toFixed(0)} MB`,
    );
  } finally {
    await server.process.end();
  }
}

/** Pages of files count as resident too, although the system takes them back when it needs memory. */
function mapped(pid: number): string {
  return `${residentMbOf(pid, 'RssFile').toFixed(0)} MB of it pages of files, the store's above all`;
}

type AddRow = (work: string, measured: number, unit: string, note?: string) => void;

async function underLoad(
  { target, process: measured }: ApiServerUnderTest,
  turnFile: string,
  pods: number,
  seconds: number,
  row: AddRow,
): Promise<void> {
  const send = requester(target, 2);
  const list = JSON.parse((await send('GET', '/api/v1/pods?limit=1')).text) as {
    metadata: { resourceVersion: string };
  };
  const watchers = await openWatchers(target, list.metadata.resourceVersion);
  const pause = pauseMeter(target, turnFile);
  const stop = new AbortController();
  const changing = changePods(target, pods, stop.signal);
  await sleep(2000); // Code compiles.
  await pause();
  const cpuBefore = measured.cpuSeconds();
  await sleep(seconds * 1000);
  const cpu = measured.cpuSeconds() - cpuBefore;
  const each = ((cpu / (seconds * CHANGES_PER_SECOND)) * 1e6).toFixed(0);
  const pauseRow = async (work: string, note: string) => {
    const { cpuMs, wallMs } = await pause();
    row(work, cpuMs, 'ms', `CPU time; ${wallMs.toFixed(0)} ms by the clock; ${note}`);
  };
  await pauseRow('longest pause while 500 pods a second change', `server CPU ${each} µs a change, 5 watchers`);
  row('resident memory then', measured.residentMb(), 'MB', mapped(measured.pid));
  const collection = await createMany(target, COLLECTION_MANY);
  await pause();
  const all = '/api/v1/pods?resourceVersion=0';
  const watchList = `${all}&watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&timeoutSeconds=8`;
  for (const [name, path, accept, method] of [
    ['a LIST of all pods', all, 'application/json', 'GET'],
    [
      'a LIST of all pods in pages of 500 as a table',
      `/api/v1/pods?limit=500`,
      'application/json;as=Table;v=v1;g=meta.k8s.io',
      'GET',
    ],
    ['a LIST of all metadata', all, PARTIAL_LIST, 'GET'],
    ['a LIST of all pods in protobuf', all, PROTOBUF, 'GET'],
    ['a watch that begins with all metadata', watchList, PARTIAL, 'GET'],
    ['the OpenAPI v2 document', '/openapi/v2', 'application/json', 'GET'],
    ['a DELETE of 26,000 ConfigMaps at once', collection, 'application/json', 'DELETE'],
  ] as const) {
    const startedAt = performance.now();
    const bytes = await drain(target, path, accept, method);
    const took = ((performance.now() - startedAt) / 1000).toFixed(1);
    await pauseRow(`... and ${name}`, `${(bytes / 1e6).toFixed(1)} MB in ${took} s`);
  }
  stop.abort();
  const { changes, failures, perSecond } = await changing;
  await sleep(500);
  const told = `${changes} changes, ${failures} failed, ${watchers.counted.events} events told`;
  row('changes a second', perSecond, '/s', told);
  watchers.close();
}
