/** ResourceQuota: status is calculated, usage follows the life of objects, creates beyond it are refused. */
import { type KubeObject, type Pod, parseQuantity, type ResourceQuota, Resources } from '@steersman/api';
import { retryOnConflict } from '@steersman/client';
import type { ConformanceTest, Trial } from '../framework/contract.ts';
import { expectEqual, expectIncludes, expectRefused } from '../framework/expect.ts';
import { untilObject, untilObjects } from '../framework/wait.ts';
import { configMap, pod, replicaSet, replicationController, secret, service } from '../objects.ts';

type Amounts = Readonly<Record<string, string>>;

const HARD: Amounts = {
  pods: '5',
  services: '10',
  'services.nodeports': '1',
  'services.loadbalancers': '1',
  replicationcontrollers: '10',
  resourcequotas: '1',
  cpu: '1',
  memory: '500Mi',
  configmaps: '10',
  secrets: '10',
  persistentvolumeclaims: '10',
  'requests.storage': '10Gi',
  'requests.ephemeral-storage': '50Gi',
  'limits.ephemeral-storage': '100Gi',
  'count/replicasets.apps': '5',
  'requests.example.com/dongle': '3',
};
const NAME = 'test-quota';
const FORBIDDEN = { code: 403, reason: 'Forbidden', message: /exceeded quota: test-quota/ };

function quota(namespace: string, name: string, hard: Amounts, scopes?: readonly string[]): ResourceQuota {
  return { metadata: { namespace, name }, spec: { hard, ...(scopes === undefined ? {} : { scopes: scopes as [] }) } };
}

/** True when every named amount is there and equal as a quantity. */
function holds(amounts: Amounts | undefined, expected: Amounts): boolean {
  return Object.entries(expected).every(([name, value]) => {
    const found = amounts?.[name];
    return found !== undefined && parseQuantity(found).compare(parseQuantity(value)) === 0;
  });
}

/** Waits until the quota's status reports these amounts used. */
async function untilUsed(trial: Trial, namespace: string, used: Amounts, name: string = NAME): Promise<void> {
  const what = `quota ${name} to report ${JSON.stringify(used)} used`;
  await untilObject(trial, Resources.resourceQuotas, { namespace, name }, what, (found) =>
    holds(found?.status?.used, used),
  );
}

/** A namespace with the usual quota, whose status is calculated, and how many config maps and secrets it has by itself. */
async function withQuota(trial: Trial) {
  const namespace = await trial.namespace();
  const { client } = trial;
  const own = async (type: typeof Resources.configMaps | typeof Resources.secrets) =>
    (await client.resource<KubeObject>(type).list({ namespace })).items.length;
  await untilObjects(trial, Resources.configMaps, { namespace }, 'the root CA', (found) => found.length > 0);
  const [configMaps, secrets] = [await own(Resources.configMaps), await own(Resources.secrets)];
  await client.resource(Resources.resourceQuotas).create(quota(namespace, NAME, HARD));
  await untilUsed(trial, namespace, {
    resourcequotas: '1',
    pods: '0',
    configmaps: String(configMaps),
    secrets: String(secrets),
  });
  return { namespace, client, configMaps, secrets };
}

async function promptStatus(trial: Trial): Promise<void> {
  const { namespace, client } = await withQuota(trial);
  const { status } = await client.resource(Resources.resourceQuotas).get({ namespace, name: NAME });
  expectEqual('every hard amount is reported', holds(status?.hard, HARD), true);
  expectEqual('used amounts are reported for each', Object.keys(status?.used ?? {}).sort(), Object.keys(HARD).sort());
}

async function lifeOfService(trial: Trial): Promise<void> {
  const { namespace, client } = await withQuota(trial);
  const services = client.resource(Resources.services);
  await services.create(service({ namespace, name: 'plain' }, { a: 'b' }));
  const nodePort = { ...service({ namespace, name: 'with-node-port' }, { a: 'b' }) };
  await services.create({ ...nodePort, spec: { ...nodePort.spec, type: 'NodePort' } });
  await untilUsed(trial, namespace, { services: '2', 'services.nodeports': '1', 'services.loadbalancers': '0' });
  const second = { ...nodePort, metadata: { namespace, name: 'second-node-port' } };
  const refused = services.create({ ...second, spec: { ...nodePort.spec, type: 'NodePort' } });
  await expectRefused('a second node port', refused, FORBIDDEN);
  const balancer = services.create({ ...second, spec: { ...nodePort.spec, type: 'LoadBalancer' } });
  await expectRefused('a load balancer, which would need a node port', balancer, FORBIDDEN);
  await services.delete({ namespace, name: 'plain' });
  await services.delete({ namespace, name: 'with-node-port' });
  await untilUsed(trial, namespace, { services: '0', 'services.nodeports': '0', 'services.loadbalancers': '0' });
}

async function lifeOfSecret(trial: Trial): Promise<void> {
  const { namespace, client, secrets } = await withQuota(trial);
  await client.resource(Resources.secrets).create(secret({ namespace, name: 'test-secret' }, { key: 'value' }));
  await untilUsed(trial, namespace, { secrets: String(secrets + 1) });
  await client.resource(Resources.secrets).delete({ namespace, name: 'test-secret' });
  await untilUsed(trial, namespace, { secrets: String(secrets) });
}

async function lifeOfConfigMap(trial: Trial): Promise<void> {
  const { namespace, client, configMaps } = await withQuota(trial);
  await client.resource(Resources.configMaps).create(configMap({ namespace, name: 'test-configmap' }));
  await untilUsed(trial, namespace, { configmaps: String(configMaps + 1) });
  await client.resource(Resources.configMaps).delete({ namespace, name: 'test-configmap' });
  await untilUsed(trial, namespace, { configmaps: String(configMaps) });
}

async function lifeOfReplicationController(trial: Trial): Promise<void> {
  const { namespace, client } = await withQuota(trial);
  const controllers = client.resource(Resources.replicationControllers);
  await controllers.create(replicationController({ namespace, name: 'test-rc' }, trial.image, 0));
  await untilUsed(trial, namespace, { replicationcontrollers: '1' });
  await controllers.delete({ namespace, name: 'test-rc' }, { propagationPolicy: 'Background' });
  await untilUsed(trial, namespace, { replicationcontrollers: '0' });
}

async function lifeOfReplicaSet(trial: Trial): Promise<void> {
  const { namespace, client } = await withQuota(trial);
  const sets = client.resource(Resources.replicaSets);
  await sets.create(replicaSet({ namespace, name: 'test-rs' }, trial.image, 0));
  await untilUsed(trial, namespace, { 'count/replicasets.apps': '1' });
  await sets.delete({ namespace, name: 'test-rs' });
  await untilUsed(trial, namespace, { 'count/replicasets.apps': '0' });
}

function podAsking(trial: Trial, namespace: string, name: string, requests: Amounts, limits: Amounts): Pod {
  return pod({ namespace, name }, trial.image, { resources: { requests, limits } });
}

async function lifeOfPod(trial: Trial): Promise<void> {
  const { namespace, client } = await withQuota(trial);
  const pods = client.resource(Resources.pods);
  const dongles = { 'example.com/dongle': '2' };
  const requests = { cpu: '500m', memory: '252Mi', 'ephemeral-storage': '30Gi', ...dongles };
  const limits = { 'ephemeral-storage': '60Gi', ...dongles };
  const made = await pods.create(podAsking(trial, namespace, 'test-pod', requests, limits));
  const used = {
    pods: '1',
    cpu: '500m',
    memory: '252Mi',
    'requests.ephemeral-storage': '30Gi',
    'requests.example.com/dongle': '2',
  };
  await untilUsed(trial, namespace, used);
  const large = podAsking(
    trial,
    namespace,
    'fail-pod',
    { cpu: '600m', memory: '100Mi', 'ephemeral-storage': '1Gi' },
    { 'ephemeral-storage': '1Gi' },
  );
  await expectRefused('a pod beyond the remaining cpu', pods.create(large), FORBIDDEN);
  const greedy = podAsking(
    trial,
    namespace,
    'fail-pod-for-extended-resource',
    { cpu: '100m', memory: '100Mi', 'ephemeral-storage': '1Gi', ...dongles },
    { 'ephemeral-storage': '1Gi', ...dongles },
  );
  await expectRefused('a pod beyond the remaining dongles', pods.create(greedy), FORBIDDEN);
  const container = { ...made.spec.containers[0]!, resources: { requests: { ...requests, cpu: '100m' }, limits } };
  const changed = retryOnConflict(async () => {
    const current = await pods.get({ namespace, name: 'test-pod' });
    return await pods.update({ ...current, spec: { ...current.spec, containers: [container] } });
  });
  await expectRefused("changing a pod's resources", changed, { code: 422, reason: 'Invalid' });
  await untilUsed(trial, namespace, used);
  await pods.delete({ namespace, name: 'test-pod' }, { gracePeriodSeconds: 0 });
  await untilUsed(trial, namespace, {
    pods: '0',
    cpu: '0',
    memory: '0',
    'requests.ephemeral-storage': '0',
    'requests.example.com/dongle': '0',
  });
}

async function twoScopes(trial: Trial, scopes: readonly [string, string], hard: Amounts) {
  const namespace = await trial.namespace();
  const quotas = trial.client.resource(Resources.resourceQuotas);
  const none = Object.fromEntries(Object.keys(hard).map((name) => [name, '0']));
  for (const scope of scopes) {
    const name = `quota-${scope.toLowerCase()}`;
    await quotas.create(quota(namespace, name, hard, [scope]));
    await untilUsed(trial, namespace, none, name);
  }
  const [first, second] = scopes.map((scope) => `quota-${scope.toLowerCase()}`) as [string, string];
  const pods = trial.client.resource(Resources.pods);
  /** Creates the pod, expects it in one quota and not in the other, deletes it, expects it in neither. */
  async function counts(made: Pod, inQuota: string, notIn: string, used: Amounts): Promise<void> {
    await pods.create(made);
    await untilUsed(trial, namespace, used, inQuota);
    await untilUsed(trial, namespace, none, notIn);
    await pods.delete({ namespace, name: made.metadata.name ?? '' }, { gracePeriodSeconds: 0 });
    await untilUsed(trial, namespace, none, inQuota);
  }
  return { namespace, counts, first, second };
}

async function terminatingScopes(trial: Trial): Promise<void> {
  const hard = {
    'requests.cpu': '1',
    'requests.memory': '500Mi',
    'limits.cpu': '2',
    'limits.memory': '1Gi',
    pods: '5',
  };
  const { namespace, counts, first, second } = await twoScopes(trial, ['Terminating', 'NotTerminating'], hard);
  const resources = { requests: { cpu: '500m', memory: '200Mi' }, limits: { cpu: '1', memory: '400Mi' } };
  const used = {
    pods: '1',
    'requests.cpu': '500m',
    'requests.memory': '200Mi',
    'limits.cpu': '1',
    'limits.memory': '400Mi',
  };
  await counts(pod({ namespace, name: 'test-pod' }, trial.image, { resources }), second, first, used);
  const ending = pod(
    { namespace, name: 'terminating-pod' },
    trial.image,
    { resources },
    { activeDeadlineSeconds: 3600 },
  );
  await counts(ending, first, second, used);
}

async function bestEffortScopes(trial: Trial): Promise<void> {
  const { namespace, counts, first, second } = await twoScopes(trial, ['BestEffort', 'NotBestEffort'], { pods: '5' });
  await counts(pod({ namespace, name: 'besteffort-pod' }, trial.image), first, second, { pods: '1' });
  const resources = { requests: { cpu: '100m', memory: '100Mi' }, limits: { cpu: '200m', memory: '200Mi' } };
  await counts(pod({ namespace, name: 'burstable-pod' }, trial.image, { resources }), second, first, { pods: '1' });
}

async function updateAndDelete(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const quotas = trial.client.resource(Resources.resourceQuotas);
  const key = { namespace, name: NAME };
  await quotas.create(quota(namespace, NAME, { cpu: '1', memory: '500Mi' }));
  const read = await quotas.get(key);
  expectEqual('the created amounts', read.spec?.hard, { cpu: '1', memory: '500Mi' });
  const updated = await retryOnConflict(async () => {
    const current = await quotas.get(key);
    return await quotas.update({ ...current, spec: { ...current.spec, hard: { cpu: '2', memory: '1Gi' } } });
  });
  expectEqual('the updated amounts', updated.spec?.hard, { cpu: '2', memory: '1Gi' });
  expectEqual('the amounts as read', (await quotas.get(key)).spec?.hard, { cpu: '2', memory: '1Gi' });
  await quotas.delete(key);
  await expectRefused('getting the deleted quota', quotas.get(key), { code: 404, reason: 'NotFound' });
}

async function lifecycle(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const quotas = trial.client.resource(Resources.resourceQuotas);
  const labels = { 'e2e-test-quota': namespace };
  const labelSelector = `e2e-test-quota=${namespace}`;
  const made = quota(namespace, NAME, { cpu: '1', memory: '500Mi' });
  await quotas.create({ ...made, metadata: { ...made.metadata, labels } });
  expectEqual('quotas in all namespaces', (await quotas.list({ labelSelector })).items.length, 1);
  const body = { metadata: { labels: { patched: 'true' } }, spec: { hard: { memory: '750Mi' } } };
  const patched = await quotas.patch({ namespace, name: NAME }, { type: 'strategic', body });
  expectIncludes('the patched quota', patched, { ...body, spec: { hard: { cpu: '1', memory: '750Mi' } } });
  await quotas.deleteCollection({ namespace, labelSelector });
  await untilObjects(
    trial,
    Resources.resourceQuotas,
    { namespace, labelSelector },
    'no quotas',
    (left) => left.length === 0,
  );
}

async function status(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const quotas = trial.client.resource(Resources.resourceQuotas);
  const key = { namespace, name: NAME };
  const untilHard = (hard: Amounts) =>
    untilObject(trial, Resources.resourceQuotas, key, `hard in the status to be ${JSON.stringify(hard)}`, (found) =>
      holds(found?.status?.hard, hard),
    );
  await quotas.create(quota(namespace, NAME, { cpu: '500m', memory: '500Mi' }));
  await untilHard({ cpu: '500m', memory: '500Mi' });
  const updated = await retryOnConflict(async () => {
    const current = await quotas.get(key);
    return await quotas.updateStatus({
      ...current,
      status: { ...current.status, hard: { cpu: '600m', memory: '600Mi' } },
    });
  });
  expectEqual('hard as written to the status', updated.status?.hard, { cpu: '600m', memory: '600Mi' });
  await untilHard({ cpu: '500m', memory: '500Mi' }); // The controller puts it right again.
  await quotas.patch(key, { type: 'strategic', body: { spec: { hard: { cpu: '1', memory: '1Gi' } } } });
  await untilHard({ cpu: '1', memory: '1Gi' });
  const body = { spec: { hard: { cpu: '7' } }, status: { hard: { cpu: '2', memory: '2Gi' } } };
  const patched = await quotas.patch(key, { type: 'strategic', body }, { subresource: 'status' });
  expectEqual('hard as patched in the status', patched.status?.hard, { cpu: '2', memory: '2Gi' });
  expectEqual('the spec, which /status leaves alone', patched.spec?.hard, { cpu: '1', memory: '1Gi' });
  await untilHard({ cpu: '1', memory: '1Gi' });
  const read = await quotas.subresource<ResourceQuota>('GET', key, 'status');
  expectEqual('the spec as read from /status', read.spec?.hard, { cpu: '1', memory: '1Gi' });
}

export const resourceQuotaTests: readonly ConformanceTest[] = [
  { name: 'ResourceQuota, object count quota, resourcequotas', run: promptStatus },
  { name: 'ResourceQuota, object count quota, service', run: lifeOfService },
  { name: 'ResourceQuota, object count quota, secret', run: lifeOfSecret },
  { name: 'ResourceQuota, object count quota, pod', run: lifeOfPod },
  { name: 'ResourceQuota, object count quota, configmap', run: lifeOfConfigMap },
  { name: 'ResourceQuota, object count quota, replicationController', run: lifeOfReplicationController },
  { name: 'ResourceQuota, object count quota, replicaSet', run: lifeOfReplicaSet },
  { name: 'ResourceQuota, quota scope, Terminating and NotTerminating scope', run: terminatingScopes },
  { name: 'ResourceQuota, quota scope, BestEffort and NotBestEffort scope', run: bestEffortScopes },
  { name: 'ResourceQuota, update and delete', run: updateAndDelete },
  { name: 'ResourceQuota, manage lifecycle of a ResourceQuota', run: lifecycle },
  { name: 'ResourceQuota, apply changes to a ResourceQuota status', run: status },
];
