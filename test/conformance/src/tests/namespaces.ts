/** Namespaces: life, finalizers, status, and that deleting one removes what is in it. */
import { type Namespace, Resources } from '@steersman/api';
import { retryOnConflict } from '@steersman/client';
import type { ConformanceTest, Trial } from '../framework/contract.ts';
import { expectEqual, expectIncludes, expectTrue, present } from '../framework/expect.ts';
import { untilGone, untilObject } from '../framework/wait.ts';
import { pod, service } from '../objects.ts';

/** A namespace that the test deletes itself; it need not be ready for pods. */
async function bare(trial: Trial, generateName: string): Promise<Namespace> {
  const namespaces = trial.client.resource(Resources.namespaces);
  const made = await namespaces.create({ metadata: { generateName }, spec: {} });
  const name = made.metadata.name ?? '';
  trial.cleanup(async () => {
    if ((await namespaces.find({ name })) !== undefined) await namespaces.delete({ name });
  });
  return made;
}

async function removesPods(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const { client, image } = trial;
  const key = { namespace, name: 'test-pod' };
  await client.resource(Resources.pods).create(pod(key, image));
  await untilObject(trial, Resources.pods, key, 'the pod to run', (found) => found?.status?.phase === 'Running');
  await client.resource(Resources.namespaces).delete({ name: namespace });
  await untilGone(trial, Resources.namespaces, { name: namespace });
  expectEqual('the pod, once the namespace is gone', await client.resource(Resources.pods).find(key), undefined);
  await client.resource(Resources.namespaces).create({ metadata: { name: namespace }, spec: {} });
  expectEqual('pods of a namespace made anew', (await client.resource(Resources.pods).list({ namespace })).items, []);
}

async function removesServices(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const { client } = trial;
  await client.resource(Resources.services).create(service({ namespace, name: 'test-service' }, { foo: 'bar' }));
  await client.resource(Resources.namespaces).delete({ name: namespace });
  await untilGone(trial, Resources.namespaces, { name: namespace });
  await client.resource(Resources.namespaces).create({ metadata: { name: namespace }, spec: {} });
  const { items } = await client.resource(Resources.services).list({ namespace });
  expectEqual('services of a namespace made anew', items, []);
}

async function patching(trial: Trial): Promise<void> {
  const { metadata } = await bare(trial, 'nspatchtest-');
  const namespaces = trial.client.resource(Resources.namespaces);
  const key = { name: metadata.name ?? '' };
  await namespaces.patch(key, { type: 'strategic', body: { metadata: { labels: { testLabel: 'testValue' } } } });
  const patched = await namespaces.get(key);
  expectEqual('the label', patched.metadata.labels?.['testLabel'], 'testValue');
  expectEqual('the name label', patched.metadata.labels?.['kubernetes.io/metadata.name'], key.name);
}

async function updating(trial: Trial): Promise<void> {
  const made = await bare(trial, 'nsupdatetest-');
  const namespaces = trial.client.resource(Resources.namespaces);
  const updated = await retryOnConflict(async () => {
    const current = await namespaces.get({ name: made.metadata.name ?? '' });
    const labels = { ...current.metadata.labels, updated: 'yes' };
    return await namespaces.update({ ...current, metadata: { ...current.metadata, labels } });
  });
  expectEqual('the label', updated.metadata.labels?.['updated'], 'yes');
}

async function status(trial: Trial): Promise<void> {
  const made = await bare(trial, 'nsstatustest-');
  const namespaces = trial.client.resource(Resources.namespaces);
  const key = { name: made.metadata.name ?? '' };
  const read = await namespaces.subresource<Namespace>('GET', key, 'status');
  expectEqual('the phase', read.status?.phase, 'Active');
  const condition = { type: 'StatusPatch', status: 'True', reason: 'E2E', message: 'Patched by an e2e test' };
  const patched = await namespaces.patch(
    key,
    { type: 'merge', body: { metadata: { annotations: { patched: 'true' } }, status: { conditions: [condition] } } },
    { subresource: 'status' },
  );
  const found = present(
    'the patched condition',
    patched.status?.conditions?.find(({ type }) => type === 'StatusPatch'),
  );
  expectIncludes('the patched condition', found, condition);
  const updated = await retryOnConflict(async () => {
    const current = await namespaces.subresource<Namespace>('GET', key, 'status');
    const conditions = [...(current.status?.conditions ?? []), { type: 'StatusUpdate', status: 'True', reason: 'E2E' }];
    return await namespaces.updateStatus({ ...current, status: { ...current.status, conditions } });
  });
  const types = updated.status?.conditions?.map(({ type }) => type) ?? [];
  expectTrue('both conditions', types.includes('StatusPatch') && types.includes('StatusUpdate'), types);
}

async function finalizer(trial: Trial): Promise<void> {
  const made = await bare(trial, 'nsfinalizertest-');
  const namespaces = trial.client.resource(Resources.namespaces);
  const key = { name: made.metadata.name ?? '' };
  const fake = 'e2e.example.com/fakeFinalizer';
  const finalize = (change: (finalizers: readonly string[]) => readonly string[]) =>
    retryOnConflict(async () => {
      const current = await namespaces.get(key);
      const spec = { ...current.spec, finalizers: change(current.spec.finalizers ?? []) };
      return await namespaces.subresource<Namespace>('PUT', key, 'finalize', { ...current, spec });
    });
  const added = await finalize((finalizers) => [...finalizers, fake]);
  expectTrue('the finalizer is there', added.spec.finalizers?.includes(fake) === true, added.spec);
  const removed = await finalize((finalizers) => finalizers.filter((name) => name !== fake));
  expectEqual('the finalizers once it is removed', removed.spec.finalizers, ['kubernetes']);
}

export const namespaceTests: readonly ConformanceTest[] = [
  { name: 'namespace-deletion-removes-pods', run: removesPods },
  { name: 'namespace-deletion-removes-services', run: removesServices },
  { name: 'Namespace patching', run: patching },
  { name: 'Namespace, apply update to a namespace', run: updating },
  { name: 'Namespace, apply changes to a namespace status', run: status },
  { name: 'Namespace, apply finalizer to a namespace', run: finalizer },
];
