/** Server-side apply: creation, ownership, conflicts, what an owner no longer says. */
import { type ConfigMap, type Deployment, type Pod, Resources } from '@steersman/api';
import type { ConformanceTest, Trial } from '../framework/contract.ts';
import { expectEqual, expectMatch, expectRefused, expectTrue, present } from '../framework/expect.ts';
import { SLEEP } from '../objects.ts';

type Data = Readonly<Record<string, string>>;

async function setUp(trial: Trial) {
  const namespace = await trial.namespace();
  const key = { namespace, name: 'applied' };
  const configMaps = trial.client.resource(Resources.configMaps);
  const apply = (fieldManager: string, data: Data, force = false) =>
    configMaps.patch(
      key,
      { type: 'apply', force, body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: key.name }, data } },
      { fieldManager },
    );
  return { namespace, key, configMaps, apply };
}

const managersOf = ({ metadata }: ConfigMap | Deployment | Pod) =>
  (metadata.managedFields ?? []).map(({ manager, operation }) => `${manager} ${operation}`);

async function create(trial: Trial): Promise<void> {
  const { namespace, key, configMaps, apply } = await setUp(trial);
  const made = await apply('apply-test', { key: 'value' });
  expectEqual('the data', made.data, { key: 'value' });
  expectEqual('its managers', managersOf(made), ['apply-test Apply']);
  const read = await configMaps.get(key);
  expectEqual('the applied object as read', read.metadata.uid, made.metadata.uid);
  const again = await apply('apply-test', { key: 'value' });
  expectEqual(
    'resourceVersion after applying the same again',
    again.metadata.resourceVersion,
    made.metadata.resourceVersion,
  );
  const pods = trial.client.resource(Resources.pods);
  const body = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'applied' },
    spec: { containers: [{ name: 'main', image: trial.image, command: SLEEP }] },
  };
  const made2 = await pods.patch(
    { namespace, name: 'applied' },
    { type: 'apply', body },
    { fieldManager: 'apply-test' },
  );
  expectEqual('the applied pod has defaults', made2.spec.restartPolicy, 'Always');
}

async function conflictAndForce(trial: Trial): Promise<void> {
  const { configMaps, key, apply } = await setUp(trial);
  await apply('first', { shared: 'first', own: 'first' });
  const refusal = { code: 409, reason: 'Conflict', message: /conflict with "first": \.data\.shared/ };
  const status = await expectRefused('applying what another owns', apply('second', { shared: 'second' }), refusal);
  const cause = present('a cause', status.details?.causes?.[0]);
  expectEqual('the cause', `${cause.reason} ${cause.field}`, 'FieldManagerConflict .data.shared');
  const forced = await apply('second', { shared: 'second' }, true);
  expectEqual('the forced value', forced.data, { shared: 'second', own: 'first' });
  const owner = forced.metadata.managedFields?.find(({ manager }) => manager === 'first');
  expectTrue('the first manager lost the field', !JSON.stringify(owner?.fieldsV1).includes('f:shared'), owner);
  await apply('first', { own: 'first' });
  expectEqual('what the second owns stays', (await configMaps.get(key)).data, { shared: 'second', own: 'first' });
}

async function unsetField(trial: Trial): Promise<void> {
  const { apply } = await setUp(trial);
  await apply('owner', { kept: '1', dropped: '2' });
  const after = await apply('owner', { kept: '1' });
  expectEqual('the data once a field is no longer applied', after.data, { kept: '1' });
}

async function unsetShared(trial: Trial): Promise<void> {
  const { apply } = await setUp(trial);
  await apply('first', { shared: 'same' });
  const both = await apply('second', { shared: 'same' });
  expectEqual('managers who agree', managersOf(both).sort(), ['first Apply', 'second Apply']);
  const one = await apply('first', {});
  expectEqual('a shared field stays while another applies it', one.data, { shared: 'same' });
  const none = await apply('second', {});
  expectEqual('and goes with its last owner', none.data ?? {}, {});
}

async function updateTakesOwnership(trial: Trial): Promise<void> {
  const { configMaps, apply } = await setUp(trial);
  const made = await apply('applier', { key: 'applied' });
  await configMaps.update({ ...made, data: { key: 'updated' } }, { fieldManager: 'updater' });
  const refusal = { code: 409, reason: 'Conflict', message: /conflict with "updater"/ };
  await expectRefused('applying over an update', apply('applier', { key: 'applied' }), refusal);
}

async function subresource(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const pods = trial.client.resource(Resources.pods);
  const key = { namespace, name: 'status-applied' };
  const head = { apiVersion: 'v1', kind: 'Pod', metadata: { name: key.name } };
  const spec = {
    nodeSelector: { nowhere: 'true' },
    containers: [{ name: 'main', image: trial.image, command: SLEEP }],
  };
  await pods.patch(key, { type: 'apply', body: { ...head, spec } }, { fieldManager: 'apply-test' });
  const condition = { type: 'example.com/Tested', status: 'True' };
  const applied = await pods.patch(
    key,
    { type: 'apply', force: true, body: { ...head, status: { conditions: [condition] } } },
    { fieldManager: 'apply-test', subresource: 'status' },
  );
  const entries = applied.metadata.managedFields ?? [];
  const own = entries.filter(({ manager }) => manager === 'apply-test').map((entry) => `${entry.subresource ?? ''}`);
  expectEqual('entries of the manager: one for the object, one for its status', own.sort(), ['', 'status']);
  const ready = applied.status?.conditions?.find(({ type }) => type === condition.type);
  expectEqual('the applied condition', ready?.status, 'True');
}

async function badRequests(trial: Trial): Promise<void> {
  const { key, configMaps, namespace } = await setUp(trial);
  const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: key.name, namespace } };
  const noManager = configMaps.patch(key, { type: 'apply', body });
  const status = await expectRefused('applying without a field manager', noManager, { code: 422, reason: 'Invalid' });
  expectMatch('the message', status.message, /fieldManager: Required value: is required for apply patch/);
  const managed = { ...body, metadata: { ...body.metadata, managedFields: [{ manager: 'x' }] } };
  const withFields = configMaps.patch(key, { type: 'apply', body: managed }, { fieldManager: 'a' });
  await expectRefused('applying managedFields', withFields, {
    code: 400,
    message: /metadata.managedFields must be nil/,
  });
}

async function listMaps(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const deployments = trial.client.resource(Resources.deployments);
  const key = { namespace, name: 'lists' };
  const labels = { app: 'lists' };
  const apply = (fieldManager: string, containers: readonly object[], rest: object = {}) => {
    const spec = {
      ...rest,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers } },
    };
    const body = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: key.name }, spec };
    return deployments.patch(key, { type: 'apply', body }, { fieldManager });
  };
  const port = (containerPort: number) => ({ containerPort, protocol: 'TCP' });
  await apply('first', [{ name: 'a', image: trial.image, ports: [port(80), port(443)] }], { replicas: 0 });
  const both = await apply('second', [{ name: 'b', image: trial.image }]);
  const names = both.spec.template.spec?.containers.map(({ name }) => name);
  expectEqual('containers merged by name', names, ['a', 'b']);
  const fewer = await apply('first', [{ name: 'a', image: trial.image, ports: [port(443)] }], { replicas: 0 });
  const [a] = fewer.spec.template.spec?.containers ?? [];
  expectEqual(
    'ports that are still applied',
    a?.ports?.map(({ containerPort }) => containerPort),
    [443],
  );
  expectEqual('the replicas', fewer.spec.replicas, 0);
}

export const applyTests: readonly ConformanceTest[] = [
  { name: 'Server Side Apply, Create', run: create },
  { name: 'Server Side Apply, Force Apply', run: conflictAndForce },
  { name: 'Server Side Apply, unset field', run: unsetField },
  { name: 'Server Side Apply, unset field shared', run: unsetShared },
  { name: 'Server Side Apply, Update take ownership', run: updateTakesOwnership },
  { name: 'Server Side Apply, Subresource', run: subresource },
  { name: 'Server Side Apply, lists merged by key', run: listMaps },
  { name: 'Server Side Apply, malformed requests', run: badRequests },
];
