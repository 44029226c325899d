/** Endpoints and EndpointSlices: whom a Service leads to, by controllers and by hand. */
import { type EndpointSlice, type Endpoints, nameOf, Resources, type Service, type ServiceSpec } from '@steersman/api';
import type { ConformanceTest, Trial } from '../framework/contract.ts';
import { pathOf } from '../framework/every-verb.ts';
import { expectEqual, expectIncludes, expectMatch, expectTrue, present } from '../framework/expect.ts';
import { rawExpecting } from '../framework/raw.ts';
import { record } from '../framework/recorder.ts';
import { untilGone, untilObject, untilObjects } from '../framework/wait.ts';
import { untilReady } from '../framework/web-pods.ts';
import { pod } from '../objects.ts';

const name = 'tested';
const SELECTOR = { app: name };
const MERGE = 'application/merge-patch+json';

function createService(trial: Trial, namespace: string, spec: Partial<ServiceSpec> = {}, at = name): Promise<Service> {
  return trial.client.resource(Resources.services).create({
    metadata: { namespace, name: at, labels: SELECTOR },
    spec: { selector: SELECTOR, ports: [{ name: 'example', port: 80, targetPort: 8080 }], ...spec },
  });
}

const addressesOf = ({ subsets = [] }: Endpoints): readonly string[] =>
  subsets.flatMap(({ addresses = [] }) => addresses.map(({ ip }) => ip)).toSorted();

const readyOf = (slices: readonly EndpointSlice[]): readonly string[] =>
  slices
    .flatMap(({ endpoints }) => endpoints ?? [])
    .filter(({ conditions }) => conditions?.ready !== false)
    .flatMap(({ addresses }) => addresses)
    .toSorted();

const slicesOf = (namespace: string) => ({ namespace, labelSelector: `kubernetes.io/service-name=${name}` });

function untilSlices(
  trial: Trial,
  namespace: string,
  what: string,
  check: (slices: readonly EndpointSlice[]) => boolean,
) {
  return untilObjects(trial, Resources.endpointSlices, slicesOf(namespace), what, check);
}

async function kubernetesService(trial: Trial): Promise<void> {
  const key = { namespace: 'default', name: 'kubernetes' };
  const endpoints = await trial.client.resource(Resources.endpoints).get(key);
  const { items } = await trial.client
    .resource(Resources.endpointSlices)
    .list({ namespace: 'default', labelSelector: 'kubernetes.io/service-name=kubernetes' });
  expectTrue('it has endpoints', addressesOf(endpoints).length > 0, endpoints);
  expectEqual('addresses of the slices', readyOf(items), addressesOf(endpoints));
  const port = endpoints.subsets?.[0]?.ports?.[0];
  expectIncludes('the port of the slices', items[0]?.ports?.[0], {
    name: port?.name,
    port: port?.port,
    protocol: 'TCP',
  });
}

/** A Service that matches no pod has empty ones all the same; they go with it. */
function emptyService(kind: 'endpoints' | 'slices') {
  return async (trial: Trial): Promise<void> => {
    const namespace = await trial.namespace();
    await createService(trial, namespace);
    const key = { namespace, name };
    if (kind === 'endpoints') {
      const found = await untilObject(trial, Resources.endpoints, key, 'Endpoints', (each) => each !== undefined);
      expectEqual('its addresses', addressesOf(found as Endpoints), []);
    } else {
      const [slice] = await untilSlices(trial, namespace, 'one slice', (slices) => slices.length === 1);
      expectEqual('its endpoints', slice?.endpoints ?? [], []);
      expectEqual(
        'who manages it',
        slice?.metadata.labels?.['endpointslice.kubernetes.io/managed-by'],
        'endpointslice-controller.k8s.io',
      );
      expectIncludes('its owner', slice?.metadata.ownerReferences?.[0], { kind: 'Service', name, controller: true });
    }
    await trial.client.resource(Resources.services).delete(key);
    if (kind === 'endpoints') await untilGone(trial, Resources.endpoints, key);
    else await untilSlices(trial, namespace, 'no slices', (slices) => slices.length === 0);
  };
}

async function readyPod(trial: Trial, namespace: string, at: string) {
  const container = { ports: [{ name: 'example', containerPort: 8080 }] };
  await trial.client
    .resource(Resources.pods)
    .create(pod({ namespace, name: at, labels: SELECTOR }, trial.image, container));
  return untilReady(trial, namespace, at);
}

/** Pods come and go: so do their addresses, with the ports that the Service names. */
function followPods(kind: 'endpoints' | 'slices') {
  return async (trial: Trial): Promise<void> => {
    const namespace = await trial.namespace();
    await createService(trial, namespace, { ports: [{ name: 'example', port: 80, targetPort: 'example' }] });
    const follow = async (expected: readonly (string | undefined)[]) => {
      const wanted = expected.toSorted().join();
      const what = `addresses ${wanted}`;
      if (kind === 'slices') return untilSlices(trial, namespace, what, (slices) => readyOf(slices).join() === wanted);
      const same = (found: Endpoints | undefined) => found !== undefined && addressesOf(found).join() === wanted;
      return [await untilObject(trial, Resources.endpoints, { namespace, name }, what, same)];
    };
    const one = await readyPod(trial, namespace, 'one');
    const two = await readyPod(trial, namespace, 'two');
    const [found] = await follow([one.status?.podIP, two.status?.podIP]);
    const text = JSON.stringify(found);
    expectMatch('the port', text, /"port":8080\b/);
    for (const each of [one, two]) {
      expectTrue(`refers to pod ${nameOf(each)}`, text.includes(`"uid":"${each.metadata.uid}"`), found);
      expectTrue('says on which node it is', text.includes(`"nodeName":"${each.spec.nodeName}"`), found);
    }
    await trial.client.resource(Resources.pods).delete({ namespace, name: 'one' });
    await follow([two.status?.podIP]);
    await trial.client.resource(Resources.pods).delete({ namespace, name: 'two' });
    await follow([]);
  };
}

async function endpointsLife(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const endpoints = trial.client.resource(Resources.endpoints);
  const scope = { namespace, labelSelector: 'test-endpoint-static=true' };
  const { resourceVersion } = await endpoints.list(scope);
  const watch = record(trial, Resources.endpoints, { ...scope, resourceVersion });
  const labels = { 'test-endpoint-static': 'true' };
  const ports = [{ name: 'http', port: 80, protocol: 'TCP' }];
  const subsets = [{ addresses: [{ ip: '10.0.0.24' }], ports }];
  const made = await endpoints.create({ metadata: { namespace, name, labels }, subsets });
  await watch.nextIs('ADDED', name);
  const everywhere = (await endpoints.list({ labelSelector: 'test-endpoint-static=true' })).items;
  expectTrue(
    'it is listed in all namespaces',
    everywhere.some(({ metadata }) => metadata.uid === made.metadata.uid),
    everywhere,
  );
  await endpoints.update({ ...made, metadata: { ...made.metadata, labels: { ...labels, 'test-service': 'updated' } } });
  expectEqual('the updated label', (await watch.nextIs('MODIFIED', name)).metadata.labels?.['test-service'], 'updated');
  const patched = [{ addresses: [{ ip: '10.0.0.25' }], ports: [{ name: 'http-test', port: 8080, protocol: 'TCP' }] }];
  await endpoints.patch({ namespace, name }, { type: 'strategic', body: { subsets: patched } });
  const { subsets: found } = await watch.nextIs('MODIFIED', name);
  expectEqual('the patched subsets', found, patched);
  await endpoints.deleteCollection(scope);
  await watch.nextIs('DELETED', name);
}

async function serviceStatus(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const services = trial.client.resource(Resources.services);
  const key = { namespace, name };
  const { resourceVersion } = await services.list({ namespace });
  const watch = record(trial, Resources.services, { namespace, resourceVersion });
  const made = await createService(trial, namespace, { type: 'LoadBalancer' });
  await watch.nextIs('ADDED', name);
  const path = `${pathOf(Resources.services, made)}/status`;
  expectEqual('status as read', (await rawExpecting(trial, 200, path)).json<Service>().metadata.uid, made.metadata.uid);
  const annotations = { patchedstatus: 'true' };
  const body = { metadata: { annotations }, status: { loadBalancer: { ingress: [{ ip: '203.0.113.1' }] } } };
  await rawExpecting(trial, 200, path, { method: 'PATCH', contentType: MERGE, body });
  const patched = await watch.nextIs('MODIFIED', name);
  expectEqual('the patched status', patched.status?.loadBalancer?.ingress?.[0]?.ip, '203.0.113.1');
  expectEqual('the patched annotation', patched.metadata.annotations, annotations);
  const condition = {
    type: 'StatusUpdate',
    status: 'True',
    reason: 'E2E',
    message: 'Set from the test',
    lastTransitionTime: '2026-01-02T03:04:05Z',
  };
  await services.updateStatus({ ...patched, status: { ...patched.status, conditions: [condition] } });
  expectEqual('the updated status', (await watch.nextIs('MODIFIED', name)).status?.conditions, [condition]);
  await services.patch(key, { type: 'merge', body: { metadata: { labels: { 'test-service': 'patched' } } } });
  expectEqual('the patched label', (await watch.nextIs('MODIFIED', name)).metadata.labels?.['test-service'], 'patched');
  await services.delete(key);
  await watch.nextIs('DELETED', name);
}

async function serviceCollection(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const services = trial.client.resource(Resources.services);
  for (const at of ['one', 'two', 'three']) {
    await createService(trial, namespace, {}, at);
    const body = { metadata: { labels: { collection: at === 'three' ? 'no' : 'yes' } } };
    await services.patch({ namespace, name: at }, { type: 'merge', body });
  }
  const all = (await services.list({ namespace, labelSelector: `app=${name}` })).items;
  expectEqual('how many there are', all.length, 3);
  await services.deleteCollection({ namespace, labelSelector: 'collection=yes' });
  await untilObjects(
    trial,
    Resources.services,
    { namespace },
    'one Service',
    (left) => left.map(nameOf).join() === 'three',
  );
}

const SERVICES = 100;
const UNDER_WAY_MAX = 15;
/** Upstream's own limits are 20 s and 50 s. */
const [HALF_MS, MOST_MS] = [20_000, 50_000];

/** Each of many Services gets its endpoints in good time. */
async function latency(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const container = { ports: [{ name: 'example', containerPort: 8080 }] };
  await trial.client
    .resource(Resources.pods)
    .create(pod({ namespace, name, labels: SELECTOR }, trial.image, container));
  await untilReady(trial, namespace, name);
  const durations: number[] = [];
  const names = Array.from({ length: SERVICES }, (_, index) => `latency-${index}`);
  const worker = async () => {
    for (let at = names.shift(); at !== undefined; at = names.shift()) {
      const startedAt = performance.now();
      await createService(trial, namespace, {}, at);
      const filled = (found: Endpoints | undefined) => found !== undefined && addressesOf(found).length === 1;
      await untilObject(trial, Resources.endpoints, { namespace, name: at }, 'an address', filled);
      durations.push(performance.now() - startedAt);
    }
  };
  await Promise.all(Array.from({ length: UNDER_WAY_MAX }, worker));
  const sorted = durations.toSorted((a, b) => a - b);
  const percentile = (share: number) => present('a duration', sorted[Math.floor(SERVICES * share) - 1]);
  expectTrue('half of them in good time', percentile(0.5) < HALF_MS, percentile(0.5));
  expectTrue('most of them in good time', percentile(0.9) < MOST_MS, percentile(0.9));
}

const tests: readonly ConformanceTest[] = Object.entries({
  'Endpoints, "empty" Service': emptyService('endpoints'),
  'EndpointSlice, "empty" Service': emptyService('slices'),
  'Endpoints, creation/deletion': followPods('endpoints'),
  'EndpointSlice, creation/deletion': followPods('slices'),
  'Endpoint resource lifecycle': endpointsLife,
  'Service, complete ServiceStatus lifecycle': serviceStatus,
  'Service, deletes a collection of services': serviceCollection,
  'Service endpoint latency, thresholds': latency,
}).map(([testname, run]) => ({ name: testname, run }));

export const endpointTests: readonly ConformanceTest[] = [
  ...tests,
  // An API server that only listens on the loopback interface, as those of simulated nodes may, has no address to publish.
  { name: 'kubernetes.default Endpoints and EndpointSlices', needs: ['containers'], run: kubernetesService },
];
