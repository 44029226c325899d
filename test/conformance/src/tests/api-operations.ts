/** Every verb on kinds that have effects of their own elsewhere: here they are only stored and served. */
import { type KubeObject, nameOf, Resources, type ResourceType } from '@steersman/api';
import type { ConformanceTest, Trial } from '../framework/contract.ts';
import { expectEqual, expectRefused, expectTrue, present } from '../framework/expect.ts';
import { rawExpecting } from '../framework/raw.ts';
import { record } from '../framework/recorder.ts';
import { untilObjects } from '../framework/wait.ts';

interface Subject {
  readonly type: ResourceType;
  readonly object: (name: string) => KubeObject;
  readonly status: boolean;
}

async function expectDiscovered(
  { group, version, plural }: ResourceType,
  trial: Trial,
  status: boolean,
): Promise<void> {
  const { groups } = await trial.client.json<{ groups: { name: string; versions: { version: string }[] }[] }>(
    'GET',
    '/apis',
  );
  const found = present(
    `the group ${group}`,
    groups.find(({ name }) => name === group),
  );
  expectTrue(
    `version ${version}`,
    found.versions.some((entry) => entry.version === version),
    found,
  );
  const answer = await rawExpecting(trial, 200, `/apis/${group}/${version}`);
  const names = answer.json<{ resources: { name: string }[] }>().resources.map(({ name }) => name);
  for (const name of [plural, ...(status ? [`${plural}/status`] : [])])
    expectTrue(`the resource ${name}`, names.includes(name), names);
}

async function everyVerb(trial: Trial, { type, object, status }: Subject): Promise<void> {
  await expectDiscovered(type, trial, status);
  const resource = trial.client.resource<KubeObject>(type);
  // Cluster-scoped names are shared by everyone: a namespace of our own makes them unique.
  const unique = await trial.namespace();
  const labelSelector = `conformance=${unique}`;
  trial.cleanup(() => resource.deleteCollection({ labelSelector }));
  const labelled = (name: string): KubeObject => {
    const made = object(`${unique}-${name}`);
    return { ...made, metadata: { ...made.metadata, labels: { conformance: unique } } };
  };
  const { resourceVersion } = await resource.list({ labelSelector });
  const watch = record(trial, type, { labelSelector, resourceVersion });
  const made = await resource.create(labelled('first'));
  const key = { name: nameOf(made) };
  await watch.nextIs('ADDED', key.name);
  expectEqual('uid as read', (await resource.get(key)).metadata.uid, made.metadata.uid);
  await resource.create(labelled('second'));
  await watch.nextIs('ADDED', `${unique}-second`);
  expectEqual('objects listed', (await resource.list({ labelSelector })).items.length, 2);
  const patched = await resource.patch(key, {
    type: 'merge',
    body: { metadata: { annotations: { patched: 'true' } } },
  });
  expectEqual('the patched annotation', patched.metadata.annotations?.['patched'], 'true');
  await watch.nextIs('MODIFIED', key.name);
  const annotations = { ...patched.metadata.annotations, updated: 'true' };
  const updated = await resource.update({ ...patched, metadata: { ...patched.metadata, annotations } });
  expectEqual('the updated annotation', updated.metadata.annotations?.['updated'], 'true');
  await watch.nextIs('MODIFIED', key.name);
  if (status)
    expectEqual(
      'status as read',
      (await resource.subresource<KubeObject>('GET', key, 'status')).metadata.uid,
      made.metadata.uid,
    );
  await resource.delete(key);
  await watch.nextIs('DELETED', key.name);
  await expectRefused('getting what was deleted', resource.get(key), { code: 404, reason: 'NotFound' });
  await resource.deleteCollection({ labelSelector });
  await untilObjects(trial, type, { labelSelector }, 'none left', (left) => left.length === 0);
}

const flowSchema: Subject = {
  type: Resources.flowSchemas,
  status: true,
  object: (name) =>
    ({
      metadata: { name },
      spec: {
        matchingPrecedence: 10_000,
        priorityLevelConfiguration: { name: 'global-default' },
        distinguisherMethod: { type: 'ByUser' },
        rules: [
          {
            subjects: [{ kind: 'User', user: { name: 'example-e2e-non-existent-user' } }],
            nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
          },
        ],
      },
    }) as KubeObject,
};

const priorityLevel: Subject = {
  type: Resources.priorityLevelConfigurations,
  status: true,
  object: (name) =>
    ({
      metadata: { name },
      spec: { type: 'Limited', limited: { nominalConcurrencyShares: 2, limitResponse: { type: 'Reject' } } },
    }) as KubeObject,
};

const policy: Subject = {
  type: Resources.validatingAdmissionPolicies,
  status: true,
  object: (name) =>
    ({
      metadata: { name },
      spec: {
        failurePolicy: 'Ignore',
        matchConstraints: {
          resourceRules: [
            {
              apiGroups: ['nowhere.example.com'],
              apiVersions: ['v1'],
              operations: ['CREATE'],
              resources: ['nothings'],
            },
          ],
        },
        validations: [{ expression: 'true' }],
      },
    }) as KubeObject,
};

const policyBinding: Subject = {
  type: Resources.validatingAdmissionPolicyBindings,
  status: false,
  object: (name) =>
    ({ metadata: { name }, spec: { policyName: 'absent.example.com', validationActions: ['Warn'] } }) as KubeObject,
};

export const apiOperationTests: readonly ConformanceTest[] = [
  { name: 'Priority and Fairness FlowSchema API', run: (trial) => everyVerb(trial, flowSchema) },
  { name: 'Priority and Fairness PriorityLevelConfiguration API', run: (trial) => everyVerb(trial, priorityLevel) },
  { name: 'ValidatingAdmissionPolicy API', run: (trial) => everyVerb(trial, policy) },
  { name: 'ValidatingAdmissionPolicyBinding API', run: (trial) => everyVerb(trial, policyBinding) },
];
