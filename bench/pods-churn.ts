/**
 * Pauses of the API server while pods change: 20,000 pods stored, 500 status updates a second, watchers that read along. The
 * server runs in this process on the embedded store, so that the delay of its own event loop can be read.
 *
 * sh tools/with-node.sh bench/pods-churn.ts [seconds] [pods]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { createApiServer } from '@steersman/kube-apiserver';
import { createLogger, realClock, realEffects } from '@steersman/machinery';
import { openLmdbStorage } from '@steersman/storage';

const CHANGES_PER_SECOND = 500;
const TICK_MS = 20;
const WATCHERS = 10;
const NODES = 200;
const ADMIN = { name: 'bench', groups: ['system:masters'] };

const seconds = Number(process.argv[2] ?? 10);
const pods = Number(process.argv[3] ?? 20_000);
const clock = realClock();
const log = createLogger({ component: 'bench', write: (line) => process.stderr.write(line), now: clock.now });
const folder = mkdtempSync(join(tmpdir(), 'steersman-bench-'));

const pod = (index: number) => ({
  kind: 'Pod',
  apiVersion: 'v1',
  metadata: {
    name: `pod-${index}`,
    namespace: 'default',
    uid: `uid-${index}`,
    creationTimestamp: '2026-01-01T00:00:00Z',
    labels: { app: `app-${index % 100}`, 'pod-template-hash': '5d4f8b7c9' },
    annotations: { note: 'x'.repeat(400) },
  },
  spec: { nodeName: `node-${index % NODES}`, containers: [{ name: 'main', image: 'registry.example/app:1' }] },
  status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
});

/** Straight into the store, as if a server had written them before. */
async function fill(): Promise<void> {
  const storage = await openLmdbStorage({ folder, clock, log });
  const put = (index: number) => {
    const value = Buffer.from(JSON.stringify(pod(index)));
    const write = [{ kind: 'put', key: `/registry/pods/default/pod-${index}`, value }] as const;
    return storage.transact({ when: [], write });
  };
  for (let index = 0; index < pods; index += 1000)
    await Promise.all(Array.from({ length: Math.min(1000, pods - index) }, (_, offset) => put(index + offset)));
  await storage.close();
}

function figures(histogram: ReturnType<typeof monitorEventLoopDelay>): string {
  const ms = (nanoseconds: number) => `${(nanoseconds / 1e6).toFixed(1)} ms`;
  return `p50 ${ms(histogram.percentile(50))}, p99 ${ms(histogram.percentile(99))}, longest ${ms(histogram.max)}`;
}

try {
  await fill();
  const startedMs = performance.now();
  const storage = await openLmdbStorage({ folder, clock, log });
  const server = await createApiServer({ storage, effects: realEffects({ component: 'bench', level: 'error' }) });
  await server.ready;
  console.log(`ready with ${pods} pods after ${((performance.now() - startedMs) / 1000).toFixed(2)} s`);
  const transport = server.transportFor(ADMIN);
  let events = 0;
  const watch = async () => {
    const path = '/api/v1/pods?watch=true&resourceVersion=0';
    const { body } = await transport.request({ method: 'GET', path, headers: {} });
    for await (const chunk of body) for (const byte of chunk) if (byte === 0x0a) events += 1;
  };
  for (let index = 0; index < WATCHERS; index++) void watch().catch(() => undefined);
  const gcPauses: number[] = [];
  new PerformanceObserver((list) => gcPauses.push(...list.getEntries().map(({ duration }) => duration))).observe({
    entryTypes: ['gc'],
  });
  let changes = 0;
  let failures = 0;
  const change = async () => {
    changes += 1;
    const body = Buffer.from(JSON.stringify({ status: { message: `change ${changes}` } }));
    const path = `/api/v1/namespaces/default/pods/pod-${(changes * 7919) % pods}/status`;
    const headers = { 'content-type': 'application/merge-patch+json' };
    const response = await transport.request({ method: 'PATCH', path, headers, body });
    if (response.status !== 200) failures += 1;
    for await (const _chunk of response.body);
  };
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const run = async (forSeconds: number) => {
    const endMs = performance.now() + forSeconds * 1000;
    const underWay = new Set<Promise<void>>();
    while (performance.now() < endMs) {
      for (let index = 0; index < (CHANGES_PER_SECOND * TICK_MS) / 1000; index++) {
        const one = change().finally(() => underWay.delete(one));
        underWay.add(one);
      }
      await sleep(TICK_MS);
    }
    await Promise.all(underWay);
  };
  await run(2); // Code compiles, watchers have read the present state.
  const before = { changes, events, cpu: process.cpuUsage() };
  gcPauses.length = 0;
  delay.enable();
  await run(seconds);
  delay.disable();
  const cpu = process.cpuUsage(before.cpu);
  const count = changes - before.changes;
  console.log(`${(count / seconds).toFixed(0)} changes/s, ${events - before.events} events, ${failures} failures`);
  console.log(`CPU per change, watchers and client included: ${((cpu.user + cpu.system) / count).toFixed(0)} µs`);
  console.log(
    `event-loop delay: ${figures(delay)}; longest garbage collection ${Math.max(0, ...gcPauses).toFixed(1)} ms`,
  );
  console.log(`resident ${(process.memoryUsage().rss / 1e6).toFixed(0)} MB`);
  await server.close();
  await storage.close();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit(0);
