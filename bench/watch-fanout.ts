/** Watch fan-out: many watchers of one resource while objects are created; counts what arrives and how late. */
import type { TLSSocket } from 'node:tls';
import { eventScanner } from './event-scanner.ts';
import { openHttp2Watches } from './raw-http2.ts';
import { type RawSender, rawSender, tlsTo } from './raw-requests.ts';
import { requester, type Target } from './target.ts';

export interface FanoutResult {
  readonly watchers: number;
  readonly eventsPerSecond: number;
  readonly p99Ms: number;
  readonly cpuMicrosPerEvent: number;
  /** CPU that this process used per event: it shares the cores with the server. */
  readonly clientMicrosPerEvent: number;
}
export interface FanoutLoad {
  readonly watchers: number;
  /** HTTP/2 with this many watches on each connection; 0: HTTP/1.1. */
  readonly streamsPerConnection: number;
}

const CREATES = 1000;
const CONCURRENCY = 16;
const OPENING_MAX = 50; // Handshakes at the same time: more than the accept queue holds would be tried again a second later.

/** One raw TLS connection that watches over HTTP/1.1. */
export async function openHttp1Watch(
  target: Target,
  path: string,
  receive: (data: Buffer) => void,
  accept = 'application/json',
): Promise<TLSSocket> {
  const socket = await tlsTo(target, 'http/1.1');
  const opened = new Promise((resolve) => socket.once('data', resolve));
  socket.on('data', receive);
  const headers = `Host: bench\r\nAccept: ${accept}\r\nAuthorization: Bearer ${target.token}`;
  socket.write(`GET ${path} HTTP/1.1\r\n${headers}\r\n\r\n`);
  await opened;
  return socket;
}

async function openWatches(
  target: Target,
  path: string,
  { watchers, streamsPerConnection }: FanoutLoad,
  onEvent: (index: number) => void,
): Promise<TLSSocket[]> {
  const sockets: TLSSocket[] = [];
  const perConnection = Math.max(1, streamsPerConnection);
  for (let count = 0; count < watchers; ) {
    const opening: Promise<TLSSocket>[] = [];
    for (; count < watchers && opening.length < OPENING_MAX; count += perConnection) {
      const receivers = Array.from({ length: Math.min(perConnection, watchers - count) }, () => eventScanner(onEvent));
      opening.push(
        streamsPerConnection > 0
          ? openHttp2Watches(target, path, receivers)
          : openHttp1Watch(target, path, receivers[0]!),
      );
    }
    sockets.push(...(await Promise.all(opening)));
  }
  return sockets;
}

export async function measureFanout(target: Target, load: FanoutLoad, cpuSeconds: () => number): Promise<FanoutResult> {
  const namespace = `fanout-${load.watchers}-${load.streamsPerConnection}`;
  const send = requester(target, 1);
  await send('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  const path = `/api/v1/namespaces/${namespace}/configmaps`;
  const sentAt = new Float64Array(CREATES);
  const expected = load.watchers * CREATES;
  const delays = new Float32Array(expected);
  let arrived = 0;
  const all = Promise.withResolvers<void>();
  const onEvent = (index: number) => {
    delays[arrived++] = performance.now() - sentAt[index]!;
    if (arrived === expected) all.resolve();
  };
  const sockets = await openWatches(target, `${path}?watch=true&resourceVersion=0`, load, onEvent);
  const posters = await Promise.all(Array.from({ length: CONCURRENCY }, () => rawSender(target)));
  const before = { server: cpuSeconds(), client: process.cpuUsage() };
  const startedAt = performance.now();
  let next = 0;
  let failures = 0;
  async function create({ send: raw }: RawSender): Promise<void> {
    while (next < CREATES) {
      const index = next;
      next += 1;
      const metadata = { name: `w-${index}`, namespace };
      const body = JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { a: 'x'.repeat(300) } });
      sentAt[index] = performance.now();
      if ((await raw('POST', path, body)) !== 201) failures += 1;
    }
  }
  await Promise.all(posters.map(create));
  if (failures > 0) throw new Error(`${failures} creates failed`);
  await all.promise;
  const seconds = (performance.now() - startedAt) / 1000;
  const serverSeconds = cpuSeconds() - before.server;
  const client = process.cpuUsage(before.client);
  for (const { close } of posters) close();
  for (const socket of sockets) socket.destroy();
  delays.sort();
  return {
    watchers: load.watchers,
    eventsPerSecond: expected / seconds,
    p99Ms: delays[Math.floor(expected * 0.99)] ?? Number.NaN,
    cpuMicrosPerEvent: (serverSeconds / expected) * 1e6,
    clientMicrosPerEvent: (client.user + client.system) / expected,
  };
}
