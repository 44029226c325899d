/** Watch fan-out: many watchers of one resource while objects are created; counts what arrives and how late. */
import { connect, type TLSSocket } from 'node:tls';
import { requester, type Target } from './target.ts';

export interface FanoutResult {
  readonly watchers: number;
  readonly eventsPerSecond: number;
  readonly p99Ms: number;
  readonly cpuMicrosPerEvent: number;
}

const CREATES = 1000;
const CONCURRENCY = 16;
const MARK = Buffer.from('"name":"w-');

/** One raw TLS connection that watches; calls back with the number in each created object's name. */
function openWatcher(target: Target, path: string, onEvent: (index: number) => void): Promise<TLSSocket> {
  const { hostname, port } = new URL(target.url);
  return new Promise((resolve, reject) => {
    const socket = connect(
      { host: hostname, port: Number(port), rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] },
      () => socket.write(`GET ${path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer ${target.token}\r\n\r\n`),
    );
    let rest: Buffer = Buffer.alloc(0);
    let opened = false;
    socket.on('error', reject);
    socket.on('data', (chunk: Buffer) => {
      if (!opened) {
        opened = true;
        resolve(socket);
      }
      const data = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      let at = 0;
      for (let found = data.indexOf(MARK); found !== -1; found = data.indexOf(MARK, at)) {
        const end = data.indexOf(0x22, found + MARK.length);
        if (end === -1) break;
        onEvent(Number(data.toString('latin1', found + MARK.length, end)));
        at = end;
      }
      rest = Buffer.from(data.subarray(Math.max(at, data.length - 64)));
    });
  });
}

export async function measureFanout(target: Target, watchers: number, cpuSeconds: () => number): Promise<FanoutResult> {
  const namespace = `fanout-${watchers}`;
  const send = requester(target, CONCURRENCY);
  await send('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  const path = `/api/v1/namespaces/${namespace}/configmaps`;
  const sentAt: number[] = [];
  const delays: number[] = [];
  const all = Promise.withResolvers<void>();
  const expected = watchers * CREATES;
  const onEvent = (index: number) => {
    delays.push(performance.now() - (sentAt[index] ?? Number.NaN));
    if (delays.length === expected) all.resolve();
  };
  const watch = `${path}?watch=true&resourceVersion=0`;
  const sockets = await Promise.all(Array.from({ length: watchers }, () => openWatcher(target, watch, onEvent)));
  const cpuBefore = cpuSeconds();
  const startedAt = performance.now();
  let next = 0;
  async function creator(): Promise<void> {
    while (next < CREATES) {
      const index = next;
      next += 1;
      sentAt[index] = performance.now();
      const metadata = { name: `w-${index}`, namespace };
      await send('POST', path, { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { a: 'x'.repeat(300) } });
    }
  }
  await Promise.all(Array.from({ length: CONCURRENCY }, creator));
  await all.promise;
  const seconds = (performance.now() - startedAt) / 1000;
  for (const socket of sockets) socket.destroy();
  delays.sort((a, b) => a - b);
  return {
    watchers,
    eventsPerSecond: expected / seconds,
    p99Ms: delays[Math.floor(delays.length * 0.99)] ?? Number.NaN,
    cpuMicrosPerEvent: ((cpuSeconds() - cpuBefore) / expected) * 1e6,
  };
}
