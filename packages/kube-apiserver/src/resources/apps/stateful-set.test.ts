import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type DaemonSet, Resources, type StatefulSet } from '@steersman/api';
import { causesOfUpdate, type Kind, prepared, refusesToCreate } from '../bad-objects.ts';
import { daemonSet } from './daemon-set.ts';
import { statefulSet } from './stateful-set.ts';

const container = { name: 'db', image: 'db:1', volumeMounts: [{ name: 'data', mountPath: '/data' }] };
const selector = { matchLabels: { app: 'db' } };
const kind: Kind<StatefulSet> = {
  name: 'statefulSet',
  type: Resources.statefulSets,
  strategy: statefulSet,
  good: {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { namespace: 'default', name: 'db' },
    spec: {
      serviceName: 'db',
      selector,
      template: { metadata: { labels: { app: 'db' } }, spec: { containers: [container] } },
      volumeClaimTemplates: [
        {
          metadata: { name: 'data' },
          spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
        },
      ],
    },
  },
};

refusesToCreate(kind, [
  [
    'negative replicas',
    { spec: { replicas: -1 } },
    ['Invalid spec.replicas: Invalid value: -1: must be greater than or equal to 0'],
  ],
  [
    'an unknown order',
    { spec: { podManagementPolicy: 'Chaos' } },
    [`Invalid spec.podManagementPolicy: Invalid value: "Chaos": must be 'OrderedReady' or 'Parallel'`],
  ],
  [
    'an unknown strategy',
    { spec: { updateStrategy: { type: 'Canary' } } },
    [
      `Invalid spec.updateStrategy: Invalid value: {"Type":"Canary","RollingUpdate":null}: must be 'RollingUpdate' or 'OnDelete'`,
    ],
  ],
  [
    'a rolling update that cannot move',
    { spec: { updateStrategy: { rollingUpdate: { maxUnavailable: 0 } } } },
    ['Invalid spec.updateStrategy.rollingUpdate.maxUnavailable: Invalid value: 0: cannot be 0'],
  ],
  [
    'claims that are neither kept nor deleted',
    { spec: { persistentVolumeClaimRetentionPolicy: { whenScaled: 'Recycle' } } },
    [
      'NotSupported spec.persistentVolumeClaimRetentionPolicy.whenScaled: Unsupported value: "Recycle": supported values: "Retain", "Delete"',
    ],
  ],
  [
    'a name that no host can have',
    { metadata: { name: 'a.b' } },
    ['Invalid metadata.name: Invalid value: "a.b": must not contain dots'],
  ],
  [
    'a partition with OnDelete',
    { spec: { updateStrategy: { type: 'OnDelete', rollingUpdate: { partition: 1 } } } },
    [
      `Invalid spec.updateStrategy.rollingUpdate: Invalid value: {"Partition":1,"MaxUnavailable":null}: only allowed for updateStrategy 'RollingUpdate'`,
    ],
  ],
]);

test('statefulSet.validateUpdate() lets replicas, template and strategy change, and nothing else', () => {
  assert.deepEqual(
    causesOfUpdate(kind, { spec: { replicas: 5, updateStrategy: { type: 'OnDelete', rollingUpdate: null } } }),
    [],
  );
  const [cause = ''] = causesOfUpdate(kind, { spec: { serviceName: 'other' } });
  assert.match(
    cause,
    /^Forbidden spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template'/,
  );
});

test('statefulSet.defaults() fill order, strategy, history and retention', () => {
  const { spec, status } = prepared(kind, kind.good);
  assert.equal(spec.podManagementPolicy, 'OrderedReady');
  assert.deepEqual(spec.updateStrategy, { type: 'RollingUpdate', rollingUpdate: { partition: 0 } });
  assert.equal(spec.revisionHistoryLimit, 10);
  assert.deepEqual(spec.persistentVolumeClaimRetentionPolicy, { whenDeleted: 'Retain', whenScaled: 'Retain' });
  assert.deepEqual(status, { replicas: 0, availableReplicas: 0 });
});

refusesToCreate<DaemonSet>(
  {
    name: 'daemonSet',
    type: Resources.daemonSets,
    strategy: daemonSet,
    good: {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { namespace: 'default', name: 'agent' },
      spec: {
        selector,
        template: { metadata: { labels: { app: 'db' } }, spec: { containers: [{ name: 'a', image: 'a:1' }] } },
      },
    },
  },
  [
    [
      'a selector that does not find its own pods',
      { spec: { selector: { matchLabels: { app: 'x' } } } },
      [
        'Invalid spec.template.metadata.labels: Invalid value: {"app":"db"}: `selector` does not match template `labels`',
      ],
    ],
    [
      'an unknown strategy',
      { spec: { updateStrategy: { type: 'Canary' } } },
      [
        'NotSupported spec.updateStrategy: Unsupported value: {"Type":"Canary","RollingUpdate":null}: supported values: "RollingUpdate", "OnDelete"',
      ],
    ],
    [
      'both surge and unavailability',
      { spec: { updateStrategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 1 } } } },
      [
        'Invalid spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: 1: may not be set when maxUnavailable is non-zero',
      ],
    ],
    [
      'neither surge nor unavailability',
      { spec: { updateStrategy: { rollingUpdate: { maxUnavailable: 0 } } } },
      ['Required spec.updateStrategy.rollingUpdate.maxUnavailable: Required value: cannot be 0 when maxSurge is 0'],
    ],
  ],
);

test('daemonSet counts its templates in an annotation, whatever the client writes there', () => {
  const key = 'deprecated.daemonset.template.generation';
  const template = { metadata: { labels: { app: 'db' } }, spec: { containers: [{ name: 'a', image: 'a:1' }] } };
  const good = {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { namespace: 'default', name: 'agent' },
    spec: { selector, template },
  };
  const old = prepared<DaemonSet>({ name: 'daemonSet', type: Resources.daemonSets, strategy: daemonSet, good }, good);
  assert.equal(old.metadata.annotations?.[key], '1');
  const draft = structuredClone(old) as never as { metadata: { annotations?: object }; spec: typeof good.spec };
  delete draft.metadata.annotations;
  void daemonSet.prepareForUpdate?.(draft as never, old, {} as never);
  assert.deepEqual(draft.metadata.annotations, { [key]: '1' });
  draft.spec.template.spec.containers = [{ name: 'a', image: 'a:2' }];
  void daemonSet.prepareForUpdate?.(draft as never, old, {} as never);
  assert.deepEqual(draft.metadata.annotations, { [key]: '2' });
});
