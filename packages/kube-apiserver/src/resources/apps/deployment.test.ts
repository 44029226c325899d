import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Deployment, type ReplicaSet, Resources } from '@steersman/api';
import { badLabels, badNames } from '../bad-metadata.ts';
import { type BadObject, type Kind, prepared, refusesToCreate, refusesToUpdate } from '../bad-objects.ts';
import { deployment } from './deployment.ts';
import { replicaSet } from './replica-set.ts';

const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'nginx:1' }] } };
const workload = { selector: { matchLabels: { app: 'web' } }, template };
const LABEL_MISMATCH =
  'Invalid spec.template.metadata.labels: Invalid value: {"app":"other"}: `selector` does not match template `labels`';

/** What every kind with a pod template refuses. */
const badTemplates: readonly BadObject[] = [
  [
    'negative replicas',
    { spec: { replicas: -1 } },
    ['Invalid spec.replicas: Invalid value: -1: must be greater than or equal to 0'],
  ],
  [
    'no selector',
    { spec: { selector: null } },
    [
      'Required spec.selector: Required value',
      'Invalid spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
    ],
  ],
  [
    'an empty selector',
    { spec: { selector: { matchLabels: null } } },
    ['Invalid spec.selector: Invalid value: {}: empty selector is invalid for deployment'],
  ],
  [
    'a selector that does not find its own pods',
    { spec: { template: { metadata: { labels: { app: 'other' } } } } },
    [LABEL_MISMATCH],
  ],
  [
    'a template without containers',
    { spec: { template: { spec: { containers: [] } } } },
    ['Required spec.template.spec.containers: Required value'],
  ],
  [
    'a template that does not restart',
    { spec: { template: { spec: { restartPolicy: 'Never' } } } },
    ['NotSupported spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"'],
  ],
  [
    'a template with a deadline',
    { spec: { template: { spec: { activeDeadlineSeconds: 5 } } } },
    [
      'Forbidden spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in ReplicaSet is not Supported',
    ],
  ],
  [
    'a selector with an unknown operator',
    { spec: { selector: { matchExpressions: [{ key: 'app', operator: 'Like' }] } } },
    ['Invalid spec.selector.matchExpressions[0].operator: Invalid value: "Like": not a valid selector operator'],
  ],
];

const kind: Kind<Deployment> = {
  name: 'deployment',
  type: Resources.deployments,
  strategy: deployment,
  good: { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { namespace: 'default', name: 'web' }, spec: workload },
};
refusesToCreate(kind, [
  ...badNames,
  ...badTemplates,
  [
    'an unknown strategy',
    { spec: { strategy: { type: 'Canary' } } },
    [
      'NotSupported spec.strategy: Unsupported value: {"Type":"Canary","RollingUpdate":null}: supported values: "Recreate", "RollingUpdate"',
    ],
  ],
  [
    'numbers of a rolling update with Recreate',
    { spec: { strategy: { type: 'Recreate', rollingUpdate: { maxSurge: 1 } } } },
    ["Forbidden spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'"],
  ],
  [
    'a rolling update that cannot move',
    { spec: { strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } } } },
    ['Invalid spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0'],
  ],
  [
    'a percentage without its sign',
    { spec: { strategy: { rollingUpdate: { maxSurge: '5' } } } },
    [
      `Invalid spec.strategy.rollingUpdate.maxSurge: Invalid value: "5": a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')`,
    ],
  ],
  [
    'more than all unavailable',
    { spec: { strategy: { rollingUpdate: { maxUnavailable: '101%' } } } },
    ['Invalid spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "101%": must not be greater than 100%'],
  ],
  [
    'a deadline before pods can be available',
    { spec: { minReadySeconds: 600 } },
    ['Invalid spec.progressDeadlineSeconds: Invalid value: 600: must be greater than minReadySeconds'],
  ],
  [
    'a negative history',
    { spec: { revisionHistoryLimit: -1 } },
    ['Invalid spec.revisionHistoryLimit: Invalid value: -1: must be greater than or equal to 0'],
  ],
]);
const counts = (status: object): string[] => {
  const made = { ...prepared(kind, kind.good), status };
  return (deployment.status?.validateUpdate?.(made, { ...made, status: { collisionCount: 2 } }) ?? []).map(
    ({ field, message }) => `${field}: ${message}`,
  );
};

test('deployment.status refuses counts that contradict each other, and a collision count that falls', () => {
  assert.deepEqual(counts({ replicas: 1, readyReplicas: 1, availableReplicas: 1, collisionCount: 2 }), []);
  assert.deepEqual(counts({ replicas: 1, updatedReplicas: 2, readyReplicas: 0, availableReplicas: 1 }), [
    'status.updatedReplicas: Invalid value: 2: cannot be greater than status.replicas',
    'status.availableReplicas: Invalid value: 1: cannot be greater than readyReplicas',
    'status.collisionCount: Invalid value: 0: cannot be decremented',
  ]);
});

refusesToUpdate(kind, [
  [
    'another selector',
    { spec: { selector: { matchLabels: { app: 'other' } }, template: { metadata: { labels: { app: 'other' } } } } },
    ['Invalid spec.selector: Invalid value: {"matchLabels":{"app":"other"}}: field is immutable'],
  ],
]);

test('deployment.prepareForUpdate() raises the generation for spec and annotations, and keeps the status', () => {
  const old = { ...prepared(kind, kind.good), status: { replicas: 3 } };
  const annotated = structuredClone(old) as typeof old & { metadata: { annotations?: Record<string, string> } };
  annotated.metadata.annotations = { 'kubernetes.io/change-cause': 'x' };
  annotated.status = { replicas: 9 };
  void deployment.prepareForUpdate?.(annotated as never, old, {} as never);
  assert.equal(annotated.metadata.generation, 2);
  assert.deepEqual(annotated.status, { replicas: 3 });
});

refusesToCreate<ReplicaSet>(
  {
    name: 'replicaSet',
    type: Resources.replicaSets,
    strategy: replicaSet,
    good: {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: { namespace: 'default', name: 'web' },
      spec: workload,
    },
  },
  [
    ...badLabels,
    ...badTemplates,
    [
      'negative ready seconds',
      { spec: { minReadySeconds: -1 } },
      ['Invalid spec.minReadySeconds: Invalid value: -1: must be greater than or equal to 0'],
    ],
  ],
);
