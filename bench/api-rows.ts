/** The rows about the API server by itself. */
import type { ApiServerUnderTest } from './api-server.ts';
import type { Row } from './report.ts';
import { requester } from './target.ts';
import { measureFanout } from './watch-fanout.ts';
import { type Load, type LoadResult, postScript, runLoad } from './wrk.ts';

const NAMESPACE = 'bench';
const POSTED = 'posted';
const STORED = 20_000;
const COLLECTION = `/api/v1/namespaces/${NAMESPACE}/configmaps`;

const cpu = (micros: number): string =>
  `server CPU ${micros >= 1000 ? `${(micros / 1000).toFixed(1)} ms` : `${micros.toFixed(0)} µs`} each`;

/** Fills the namespace up to 20,000 objects of 0.6 KB. */
async function fill(server: ApiServerUnderTest): Promise<void> {
  const send = requester(server.target, 32);
  const present = JSON.parse((await send('GET', `${COLLECTION}?limit=1`)).text) as {
    items: unknown[];
    metadata: { remainingItemCount?: number };
  };
  let next = present.items.length + (present.metadata.remainingItemCount ?? 0);
  async function creator(): Promise<void> {
    while (next < STORED) {
      next += 1;
      const metadata = { name: `fill-${next}`, namespace: NAMESPACE };
      await send('POST', COLLECTION, { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { a: 'x'.repeat(400) } });
    }
  }
  await Promise.all(Array.from({ length: 32 }, creator));
}

export async function apiRows(
  server: ApiServerUnderTest,
  options: { seconds: number; folder: string },
): Promise<Row[]> {
  const { target, process: measured } = server;
  const send = requester(target, 1);
  const rows: Row[] = [];
  const add = (row: Row) => {
    rows.push(row);
    console.error(`  ${row.work}: ${row.measured.toPrecision(4)} ${row.unit} ${row.note ?? ''}`);
  };
  const load = (what: Omit<Load, 'seconds'>) =>
    runLoad(target, measured, { ...what, seconds: options.seconds }, options.folder);
  const note = (result: LoadResult) =>
    `p50 ${result.p50Ms.toFixed(1)} ms, p99 ${result.p99Ms.toFixed(1)} ms, ${cpu(result.cpuMicrosPerRequest)}${result.failures > 0 ? `, ${result.failures} FAILED` : ''}`;

  add({
    work: 'API server and store, start to /readyz',
    upstream: 3.2,
    measured: server.readySeconds,
    unit: 's',
    better: 'lower',
  });
  add({
    work: 'resident memory of API server and store, idle',
    upstream: 357,
    measured: measured.residentMb(),
    unit: 'MB',
    better: 'lower',
  });
  await send('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });

  await fill(server);
  const get = await load({ path: `${COLLECTION}/fill-100`, connections: 32 });
  add({
    work: 'GET one ConfigMap, 32 connections',
    upstream: 6250,
    measured: get.perSecond,
    unit: '/s',
    better: 'higher',
    note: note(get),
  });
  const page = await load({ path: `${COLLECTION}?limit=500`, connections: 8 });
  add({
    work: 'LIST limit=500, 8 connections',
    upstream: 219,
    measured: page.perSecond,
    unit: '/s',
    better: 'higher',
    note: `${page.megabytesPerSecond.toFixed(0)} MB/s, ${note(page)}`,
  });
  const whole = await load({ path: `${COLLECTION}?resourceVersion=0`, connections: 4 });
  add({
    work: 'LIST 20,000 at resourceVersion=0, 4 connections',
    upstream: 16,
    measured: whole.perSecond,
    unit: '/s',
    better: 'higher',
    note: `${whole.megabytesPerSecond.toFixed(0)} MB/s, ${note(whole)}`,
  });
  add({
    work: 'resident memory after 20,000 ConfigMaps and that load',
    upstream: 1000,
    measured: measured.residentMb(),
    unit: 'MB',
    better: 'lower',
    note: `peak ${measured.peakMb().toFixed(0)} MB`,
  });
  // Last but the watches: at our rate it leaves several times the objects that the memory row is about.
  await send('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: POSTED } });
  const post = await load({
    path: `/api/v1/namespaces/${POSTED}/configmaps`,
    connections: 32,
    script: postScript(POSTED, 'post'),
  });
  add({
    work: 'POST ConfigMap 0.5 KB, 32 connections',
    upstream: 2430,
    measured: post.perSecond,
    unit: '/s',
    better: 'higher',
    note: note(post),
  });
  await fanoutRows(server, add);
  return rows;
}

/** Watch fan-out: upstream's figures are of one connection per watcher over HTTP/1.1; client-go shares connections over HTTP/2. */
export async function fanoutRows({ target, process: measured }: ApiServerUnderTest, add: (row: Row) => void) {
  for (const [watchers, streamsPerConnection, upstream, how] of [
    [10, 0, 12_200, ''],
    [100, 0, 61_400, ''],
    [500, 0, 85_700, ''],
    [500, 1, undefined, ', HTTP/2, one each connection'],
    [500, 10, undefined, ', HTTP/2, ten on each connection'],
  ] as const) {
    const fanout = await measureFanout(target, { watchers, streamsPerConnection }, measured.cpuSeconds);
    const each = `CPU each: server ${fanout.cpuMicrosPerEvent.toFixed(1)} µs, client ${fanout.clientMicrosPerEvent.toFixed(1)} µs`;
    add({
      work: `watch fan-out, 1,000 creates, ${watchers} watchers${how}`,
      upstream,
      measured: fanout.eventsPerSecond,
      unit: 'events/s',
      better: 'higher',
      note: `p99 ${fanout.p99Ms.toFixed(0)} ms, ${each}`,
    });
  }
}
