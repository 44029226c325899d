/** Containers that get more or less while they run. */
import {
  type Container,
  type ContainerStatus,
  type Pod,
  parseQuantity,
  type ResourceRequirements,
  Resources,
} from '@steersman/api';
import type { ConformanceTest, Trial } from '../framework/contract.ts';
import { expectEqual, expectTrue } from '../framework/expect.ts';
import { rawExpecting } from '../framework/raw.ts';
import { untilObject } from '../framework/wait.ts';
import { untilReady } from '../framework/web-pods.ts';
import { pod, sleeper } from '../objects.ts';

const name = 'tested';
const STRATEGIC = 'application/strategic-merge-patch+json';

interface Amounts {
  readonly cpu?: string;
  readonly memory?: string;
}
interface Sizes {
  readonly requests?: Amounts;
  readonly limits?: Amounts;
}
type ByContainer = Readonly<Record<string, Sizes>>;

const both = (cpu: string, memory: string): Sizes => ({ requests: { cpu, memory }, limits: { cpu, memory } });
const resourcesOf = (sizes: Sizes) => sizes as ResourceRequirements;

async function start(trial: Trial, containers: ByContainer) {
  const namespace = await trial.namespace();
  const key = { namespace, name };
  const made = pod(key, trial.image);
  const list = Object.entries(containers).map(
    ([at, sizes]): Container => ({ ...sleeper(trial.image), name: at, resources: resourcesOf(sizes) }),
  );
  await trial.client.resource(Resources.pods).create({ ...made, spec: { ...made.spec, containers: list } });
  return { namespace, key, ready: await untilReady(trial, namespace, name) };
}

const sameAmounts = (actual: Readonly<Record<string, string>> | undefined, expected: Amounts | undefined): boolean =>
  Object.entries(expected ?? {}).every(
    ([resource, amount]) => parseQuantity(actual?.[resource] ?? '0').compare(parseQuantity(amount ?? '0')) === 0,
  );

function isSized(status: ContainerStatus | undefined, { requests, limits }: Sizes): boolean {
  return sameAmounts(status?.resources?.requests, requests) && sameAmounts(status?.resources?.limits, limits);
}

/** Waits until the statuses say that every container has what the spec asks for, and that nothing is under way. */
async function untilSized(
  trial: Trial,
  key: { namespace: string; name: string },
  containers: ByContainer,
): Promise<Pod> {
  const settled = (found: Pod | undefined) =>
    found?.status?.conditions?.some(({ type }) => type.startsWith('PodResize')) !== true &&
    Object.entries(containers).every(([at, sizes]) =>
      isSized(
        found?.status?.containerStatuses?.find((status) => status.name === at),
        sizes,
      ),
    );
  return (await untilObject(trial, Resources.pods, key, 'the containers to have what they ask for', settled)) as Pod;
}

const patchOf = (containers: ByContainer) => ({
  spec: { containers: Object.entries(containers).map(([at, resources]) => ({ name: at, resources })) },
});

/** What the kernel grants a container, in the words of cgroup v2 (or v1 where there is no other). */
const GRANTED = `cd /sys/fs/cgroup
cat cpu.max 2>/dev/null || echo $(cat cpu/cpu.cfs_quota_us) $(cat cpu/cpu.cfs_period_us)
cat memory.max 2>/dev/null || cat memory/memory.limit_in_bytes`;

/** A container's share of a period of 100 ms, and its bytes, are what its limits say. */
async function expectGranted(trial: Trial, namespace: string, at: string, { limits }: Sizes): Promise<void> {
  const kubectl = trial.kubectl(namespace);
  const text = await kubectl('exec', name, '-c', at, '--', 'sh', '-c', GRANTED);
  const [cpu = '', memory = ''] = text.trim().split('\n');
  if (limits?.cpu !== undefined) {
    const quota = Math.max(1000, Number(parseQuantity(limits.cpu).milliValue()) * 100);
    expectEqual(`cpu.max of ${at}`, cpu, `${quota} 100000`);
  }
  if (limits?.memory !== undefined)
    expectEqual(`memory.max of ${at}`, memory, String(parseQuantity(limits.memory).value()));
}

const restartsOf = ({ status }: Pod) => (status?.containerStatuses ?? []).map(({ restartCount }) => restartCount);

/** Resizes there and back again, without restarts. */
function resize(before: ByContainer, after: ByContainer) {
  return async (trial: Trial): Promise<void> => {
    const { namespace, key } = await start(trial, before);
    const pods = trial.client.resource(Resources.pods);
    for (const containers of [after, before]) {
      await pods.patch(key, { type: 'strategic', body: patchOf(containers) }, { subresource: 'resize' });
      const found = await untilSized(trial, key, containers);
      expectTrue(
        'no restart',
        restartsOf(found).every((count) => count === 0),
        found.status,
      );
      for (const [at, sizes] of Object.entries(containers)) await expectGranted(trial, namespace, at, sizes);
    }
  };
}

async function replaced(trial: Trial): Promise<void> {
  const { key, ready } = await start(trial, { c1: both('20m', '35Mi') });
  const path = `/api/v1/namespaces/${key.namespace}/pods/${name}`;
  const read = (await rawExpecting(trial, 200, `${path}/resize`)).json<Pod>();
  expectEqual('the uid of what resize shows', read.metadata.uid, ready.metadata.uid);
  const containers = read.spec.containers.map((each) => ({ ...each, resources: both('30m', '40Mi') }));
  await rawExpecting(trial, 200, `${path}/resize`, {
    method: 'PUT',
    body: { ...read, spec: { ...read.spec, containers } },
  });
  await untilSized(trial, key, { c1: both('30m', '40Mi') });
  const [shown, main] = [await rawExpecting(trial, 200, `${path}/resize`), await rawExpecting(trial, 200, path)];
  expectEqual('what resize shows when all is done', shown.json<Pod>(), main.json<Pod>());
}

/** 2m and 1m are the same to the kernel, whose shares are no smaller; statuses tell what was asked for all the same. */
async function equivalents(trial: Trial): Promise<void> {
  const before = { c1: { requests: { cpu: '2m' }, limits: { cpu: '10m' } } };
  const after = { c1: { requests: { cpu: '1m' }, limits: { cpu: '5m' } } };
  const { key } = await start(trial, before);
  await rawExpecting(trial, 200, `/api/v1/namespaces/${key.namespace}/pods/${name}/resize`, {
    method: 'PATCH',
    contentType: STRATEGIC,
    body: patchOf(after),
  });
  const found = await untilSized(trial, key, after);
  expectEqual('restarts', restartsOf(found), [0]);
}

const THREE = { c1: both('20m', '35Mi'), c2: both('20m', '35Mi'), c3: both('20m', '35Mi') };
const SIX = {
  c1: { requests: { cpu: '20m', memory: '35Mi' } },
  c2: { requests: { cpu: '20m', memory: '35Mi' }, limits: { cpu: '40m', memory: '70Mi' } },
  c3: { requests: { cpu: '20m' }, limits: { cpu: '40m' } },
  c4: { requests: { memory: '35Mi' }, limits: { memory: '70Mi' } },
  c5: both('20m', '35Mi'),
  c6: { requests: { cpu: '20m', memory: '35Mi' } },
};

const sixResized = {
  ...SIX,
  c1: { requests: { cpu: '30m', memory: '40Mi' } },
  c2: { requests: { cpu: '30m', memory: '40Mi' }, limits: { cpu: '50m', memory: '80Mi' } },
  c3: { requests: { cpu: '10m' }, limits: { cpu: '30m' } },
  c4: { requests: { memory: '45Mi' }, limits: { memory: '80Mi' } },
  c5: both('30m', '45Mi'),
  c6: { requests: { cpu: '30m', memory: '45Mi' } },
};

const runs: Readonly<Record<string, ConformanceTest['run']>> = {
  'In-place Pod Resize, guaranteed pods with multiple containers, net increase': resize(THREE, {
    c1: both('30m', '45Mi'),
    c2: both('30m', '45Mi'),
    c3: both('15m', '30Mi'),
  }),
  'In-place Pod Resize, guaranteed pods with multiple containers, net decrease': resize(THREE, {
    c1: both('25m', '40Mi'),
    c2: both('12m', '30Mi'),
    c3: both('12m', '30Mi'),
  }),
  'In-place Pod Resize, guaranteed pods with multiple containers, various operations': resize(THREE, {
    c1: both('30m', '35Mi'),
    c2: both('10m', '45Mi'),
    c3: both('30m', '45Mi'),
  }),
  'In-place Pod Resize, burtable pod with multiple containers and various operations': resize(SIX, sixResized),
  'In-place Pod Resize, burstable pod resized with equivalents': equivalents,
  'In-place Pod Resize, read and replace endpoints': replaced,
};

export const podResizeTests: readonly ConformanceTest[] = Object.entries(runs).map(([at, run]) => ({
  name: at,
  needs: ['containers', 'kubectl'],
  run,
}));
