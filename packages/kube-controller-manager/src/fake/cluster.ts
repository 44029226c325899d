import {
  formatTime,
  isPodFinished,
  isTerminating,
  type KubeObject,
  type Node,
  nameOf,
  namespaceOf,
  type Pod,
  Resources,
} from '@steersman/api';
import {
  type Client,
  createClient,
  createEventRecorder,
  createFakeApi,
  createInformers,
  type FakeApi,
  type FakeApiOptions,
} from '@steersman/client';
import { type FakeEffects, fakeEffects } from '@steersman/machinery';
import { type ControllerManagerConfig, defaultConfig } from '../config.ts';
import type { Controller, ControllerContext } from '../controller/contract.ts';

/** A fake API server with controllers on it and simulated time, for tests. */
export interface FakeCluster {
  readonly api: FakeApi;
  readonly client: Client;
  readonly effects: FakeEffects;
  readonly context: ControllerContext;
  /** Lets time pass; 100 ms when not told. */
  advance(ms?: number): Promise<void>;
  /** Binds every pending pod to a node, makes it ready, and lets terminating ones go, as scheduler and kubelet would. */
  runPods(choose?: (pod: Pod) => boolean): Promise<void>;
  /** Finishes pods with a phase and the exit code of their first container. */
  finishPods(phase: 'Succeeded' | 'Failed', exitCode: number, choose?: (pod: Pod) => boolean): Promise<void>;
  pods(): Promise<readonly Pod[]>;
  stop(): void;
}

export interface FakeClusterOptions {
  readonly controllers: readonly Controller[];
  readonly config?: Partial<ControllerManagerConfig>;
  readonly intercept?: FakeApiOptions['intercept'];
  /** Written before the controllers start. */
  readonly objects?: readonly (readonly [KubeObjectType, KubeObject])[];
}
type KubeObjectType = (typeof Resources)[keyof typeof Resources];

const SETTLE_MS = 100;

/** Starts controllers on a fresh fake server; they run until `stop`. */
export async function startFakeCluster(options: FakeClusterOptions): Promise<FakeCluster> {
  const effects = fakeEffects();
  const api = createFakeApi({ effects, ...(options.intercept === undefined ? {} : { intercept: options.intercept }) });
  const client = createClient(api.transport);
  const stop = new AbortController();
  const { signal } = stop;
  const informers = createInformers({ client, effects, freeze: true });
  const config = { ...defaultConfig, ...options.config };
  const context: ControllerContext = {
    client,
    informers,
    effects,
    config,
    events: (component) => createEventRecorder({ client, effects, component, signal }),
  };
  for (const [type, object] of options.objects ?? []) await client.resource<KubeObject>(type).create(object);
  for (const controller of options.controllers) void controller.run(context, signal);
  const podClient = client.resource(Resources.pods);
  const advance = (ms = SETTLE_MS) => effects.clock.advance(ms);
  const pods = async () => (await podClient.list()).items;
  await advance();

  async function runPod(pod: Pod): Promise<void> {
    const at = { namespace: namespaceOf(pod), name: nameOf(pod) };
    if (isTerminating(pod)) return podClient.delete(at, { gracePeriodSeconds: 0 });
    if (pod.status?.phase !== undefined && pod.status.phase !== 'Pending') return;
    const spec = { nodeName: pod.spec.nodeName ?? 'n1' };
    await podClient.patch(at, { type: 'merge', body: { spec } });
    const now = formatTime(effects.clock.now());
    const conditions = [{ type: 'Ready', status: 'True', lastTransitionTime: now }];
    const status = {
      phase: 'Running',
      podIP: `10.0.0.${Math.floor(effects.random.float() * 250)}`,
      conditions,
      startTime: now,
    };
    await podClient.patch(at, { type: 'merge', body: { status } }, { subresource: 'status' });
  }

  return {
    api,
    client,
    effects,
    context,
    advance,
    pods,
    async runPods(choose = () => true) {
      for (const pod of await pods()) if (choose(pod)) await runPod(pod);
      await advance();
    },
    async finishPods(phase, exitCode, choose = () => true) {
      for (const pod of await pods()) {
        if (!choose(pod) || isPodFinished(pod)) continue;
        const at = { namespace: namespaceOf(pod), name: nameOf(pod) };
        const terminated = { exitCode, finishedAt: formatTime(effects.clock.now()) };
        const [container] = pod.spec.containers;
        const containerStatuses = [
          { name: container?.name ?? '', ready: false, restartCount: 0, state: { terminated } },
        ];
        await podClient.patch(
          at,
          { type: 'merge', body: { status: { phase, containerStatuses, conditions: [] } } },
          { subresource: 'status' },
        );
      }
      await advance();
    },
    stop: () => stop.abort(),
  };
}

/** A node that is ready, with a name. */
export function fakeNode(name: string): Node {
  return {
    metadata: { name },
    spec: {},
    status: { conditions: [{ type: 'Ready', status: 'True', reason: 'KubeletReady', message: '' }] },
  };
}
