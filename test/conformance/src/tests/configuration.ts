/** ConfigMaps, Secrets, PodTemplates and Leases as API objects. */
import {
  type ConfigMap,
  formatMicroTime,
  type KubeObject,
  type Lease,
  type PodTemplate,
  Resources,
  type Secret,
} from '@steersman/api';
import type { ResourceClient } from '@steersman/client';
import type { ConformanceTest, Trial } from '../framework/contract.ts';
import { expectEqual, expectIncludes, expectRefused, expectTrue } from '../framework/expect.ts';
import { record } from '../framework/recorder.ts';
import { untilObjects } from '../framework/wait.ts';
import { configMap, secret, sleeper } from '../objects.ts';

async function configMapEmptyKey(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const made = trial.client
    .resource(Resources.configMaps)
    .create(configMap({ namespace, name: 'empty-key' }, { '': 'value' }));
  await expectRefused('a ConfigMap with an empty key', made, { code: 422, reason: 'Invalid' });
}

async function secretEmptyKey(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const made = trial.client
    .resource(Resources.secrets)
    .create(secret({ namespace, name: 'empty-key' }, { '': 'value' }));
  await expectRefused('a Secret with an empty key', made, { code: 422, reason: 'Invalid' });
}

async function configMapLifecycle(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const configMaps = trial.client.resource(Resources.configMaps);
  const labelSelector = 'test-configmap-static=true';
  const name = 'test-configmap';
  const { resourceVersion } = await configMaps.list({ namespace, labelSelector });
  const watch = record(trial, Resources.configMaps, { namespace, labelSelector, resourceVersion });
  await configMaps.create(
    configMap({ namespace, name, labels: { 'test-configmap-static': 'true' } }, { valueName: 'value' }),
  );
  await watch.nextIs('ADDED', name);
  const body = { metadata: { labels: { 'test-configmap': 'patched' } }, data: { valueName: 'value1' } };
  await configMaps.patch({ namespace, name }, { type: 'strategic', body });
  await watch.nextIs('MODIFIED', name);
  expectIncludes('the patched ConfigMap', await configMaps.get({ namespace, name }), body);
  const everywhere = await configMaps.list({ labelSelector });
  const found = everywhere.items.find((item) => item.metadata.namespace === namespace);
  expectEqual('found by its label in all namespaces', found?.data?.['valueName'], 'value1');
  await configMaps.deleteCollection({ namespace, labelSelector });
  await watch.nextIs('DELETED', name);
  expectEqual('ConfigMaps by label', (await configMaps.list({ namespace, labelSelector })).items, []);
}

async function secretPatching(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const secrets = trial.client.resource(Resources.secrets);
  const key = { namespace, name: 'test-secret' };
  const labelSelector = 'testsecret-constant=true';
  expectEqual('Secrets before', (await secrets.list({ namespace, labelSelector })).items, []);
  await secrets.create({
    ...secret({ ...key, labels: { 'testsecret-constant': 'true' } }, { key: 'value' }),
    type: 'Opaque',
  });
  const body = { metadata: { labels: { testsecret: 'true' } }, data: { key: btoa('value1') } };
  await secrets.patch(key, { type: 'strategic', body });
  const everywhere = await secrets.list({ labelSelector });
  const found = everywhere.items.find((item) => item.metadata.namespace === namespace);
  expectIncludes('the patched Secret in a list of all namespaces', found, body);
  await secrets.deleteCollection({ namespace, labelSelector });
  await untilObjects(trial, Resources.secrets, { namespace, labelSelector }, 'no Secrets', (left) => left.length === 0);
}

/** Both kinds behave the same: data can change until `immutable` is set, which cannot be taken back. */
async function immutability<T extends ConfigMap | Secret>(
  what: string,
  objects: ResourceClient<T>,
  made: T,
  value: (text: string) => string,
): Promise<void> {
  const { name = '', namespace = '' } = made.metadata;
  const key = { namespace, name };
  const withData = (object: T, entry: string): T => ({ ...object, data: { ...object.data, [entry]: value('more') } });
  await objects.create(made);
  const changed = await objects.update(withData(await objects.get(key), 'data-4'));
  const fixed = await objects.update({ ...changed, immutable: true });
  const invalid = { code: 422, reason: 'Invalid' };
  const immutable = { ...invalid, message: /field is immutable when `immutable` is set/ };
  await expectRefused(`changing data of an immutable ${what}`, objects.update(withData(fixed, 'data-5')), immutable);
  await expectRefused(`making it mutable again`, objects.update({ ...fixed, immutable: false }), immutable);
  await objects.update({ ...fixed, metadata: { ...fixed.metadata, labels: { label1: 'value1' } } });
  expectEqual('the label, which may change', (await objects.get(key)).metadata.labels?.['label1'], 'value1');
  await objects.delete(key);
  await expectRefused(`getting the deleted ${what}`, objects.get(key), { code: 404, reason: 'NotFound' });
}

async function configMapImmutability(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const made = configMap({ namespace, name: 'immutable' });
  await immutability('ConfigMap', trial.client.resource(Resources.configMaps), made, (text) => text);
}

async function secretImmutability(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const made = secret({ namespace, name: 'immutable' }, { 'data-1': 'value-1' });
  await immutability('Secret', trial.client.resource(Resources.secrets), made, btoa);
}

function podTemplate(
  trial: Trial,
  namespace: string,
  name: string,
  labels: Readonly<Record<string, string>>,
): PodTemplate {
  return { metadata: { namespace, name, labels }, template: { spec: { containers: [sleeper(trial.image)] } } };
}

async function podTemplateLifecycle(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const templates = trial.client.resource(Resources.podTemplates);
  const key = { namespace, name: 'nginx-pod-template' };
  const labelSelector = 'podtemplate-static=true';
  await templates.create(podTemplate(trial, namespace, key.name, { 'podtemplate-static': 'true' }));
  const body = { metadata: { labels: { podtemplate: 'patched' } } };
  await templates.patch(key, { type: 'strategic', body });
  expectIncludes('the patched PodTemplate', await templates.get(key), body);
  const everywhere = await templates.list({ labelSelector });
  const found = everywhere.items.find((item) => item.metadata.namespace === namespace);
  expectIncludes('the PodTemplate in a list of all namespaces', found, body);
  await templates.delete(key);
  expectEqual('PodTemplates by label', (await templates.list({ namespace, labelSelector })).items, []);
}

async function podTemplateCollection(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const templates = trial.client.resource(Resources.podTemplates);
  const labelSelector = 'podtemplate-set=true';
  for (const name of ['one', 'two', 'three'])
    await templates.create(podTemplate(trial, namespace, name, { 'podtemplate-set': 'true' }));
  await templates.create(podTemplate(trial, namespace, 'other', {}));
  expectEqual('PodTemplates by label', (await templates.list({ namespace, labelSelector })).items.length, 3);
  await templates.deleteCollection({ namespace, labelSelector });
  await untilObjects(
    trial,
    Resources.podTemplates,
    { namespace, labelSelector },
    'none left',
    (left) => left.length === 0,
  );
  expectEqual('those without the label', (await templates.list({ namespace })).items.length, 1);
}

async function podTemplateReplace(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const templates = trial.client.resource(Resources.podTemplates);
  const made = await templates.create(podTemplate(trial, namespace, 'replaced', {}));
  const annotations = { updated: 'true' };
  const replaced = await templates.update({ ...made, metadata: { ...made.metadata, annotations } });
  expectEqual('the annotations', replaced.metadata.annotations, annotations);
}

const leaseMs = 1_700_000_000_000;

function leaseSpec(holderIdentity: string, seconds: number): NonNullable<Lease['spec']> {
  return {
    holderIdentity,
    leaseDurationSeconds: seconds,
    acquireTime: formatMicroTime(leaseMs),
    renewTime: formatMicroTime(leaseMs + 5000),
    leaseTransitions: 0,
  };
}

async function leases(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const client = trial.client.resource(Resources.leases);
  const key = { namespace, name: 'lease' };
  const made = await client.create({ metadata: key, spec: leaseSpec('holder', 30) });
  expectEqual('the created spec', made.spec, leaseSpec('holder', 30));
  expectEqual('the spec as read', (await client.get(key)).spec, leaseSpec('holder', 30));
  await client.update({ ...made, spec: leaseSpec('holder2', 40) });
  const updated = await client.get(key);
  expectEqual('the updated spec', updated.spec, leaseSpec('holder2', 40));
  await client.patch(key, {
    type: 'strategic',
    body: { spec: { leaseDurationSeconds: 10, holderIdentity: 'holder3' } },
  });
  expectEqual('the patched spec', (await client.get(key)).spec, leaseSpec('holder3', 10));
  await client.create({
    metadata: { namespace, name: 'lease2', labels: { deletecollection: 'true' } },
    spec: leaseSpec('other', 1),
  });
  expectEqual('leases', (await client.list({ namespace })).items.length, 2);
  await client.deleteCollection({ namespace, labelSelector: 'deletecollection=true' });
  const left = await client.list({ namespace });
  expectEqual(
    'leases without the labelled one',
    left.items.map(({ metadata }) => metadata.name),
    ['lease'],
  );
  await client.delete(key);
  await expectRefused('getting the deleted lease', client.get(key), { code: 404, reason: 'NotFound' });
}

async function generatedNames(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const configMaps = trial.client.resource<KubeObject>(Resources.configMaps);
  const made = await configMaps.create({ metadata: { namespace, generateName: 'generated-' } });
  const name = made.metadata.name ?? '';
  expectTrue(
    'the generated name has the prefix and five characters',
    /^generated-[bcdfghjklmnpqrstvwxz2456789]{5}$/.test(name),
    name,
  );
  const again = configMaps.create({ metadata: { namespace, name } });
  await expectRefused('creating it again', again, { code: 409, reason: 'AlreadyExists' });
}

export const configurationTests: readonly ConformanceTest[] = [
  { name: 'ConfigMap, with empty-key', run: configMapEmptyKey },
  { name: 'Secrets, with empty-key', run: secretEmptyKey },
  { name: 'ConfigMap lifecycle', run: configMapLifecycle },
  { name: 'Secret patching', run: secretPatching },
  { name: 'ConfigMap Volume, immutability', run: configMapImmutability },
  { name: 'Secrets Volume, immutability', run: secretImmutability },
  { name: 'PodTemplate lifecycle', run: podTemplateLifecycle },
  { name: 'PodTemplate, delete a collection', run: podTemplateCollection },
  { name: 'PodTemplate, replace', run: podTemplateReplace },
  { name: 'lease API should be available', run: leases },
  { name: 'Generated names', run: generatedNames },
];
