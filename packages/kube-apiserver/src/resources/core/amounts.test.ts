import { type LimitRange, type ReplicationController, type ResourceQuota, Resources } from '@steersman/api';
import { type Kind, refusesToCreate, refusesToUpdate } from '../bad-objects.ts';
import { limitRange } from './limit-range.ts';
import { replicationController } from './replication-controller.ts';
import { resourceQuota } from './resource-quota.ts';

const metadata = { namespace: 'default', name: 'a' };
const spec = (patch: object) => ({ spec: patch });

const rangeKind: Kind<LimitRange> = {
  name: 'limitRange',
  type: Resources.limitRanges,
  strategy: limitRange,
  good: { apiVersion: 'v1', kind: 'LimitRange', metadata, spec: { limits: [{ type: 'Pod', max: { cpu: '2' } }] } },
};
const limits = (...items: readonly object[]) => spec({ limits: items });
refusesToCreate(rangeKind, [
  [
    'an unknown type',
    limits({ type: 'Galaxy' }),
    ['Invalid spec.limits[0].type: Invalid value: "Galaxy": must be a standard limit type or fully qualified'],
  ],
  ['a type twice', limits({ type: 'Pod' }, { type: 'Pod' }), ['Duplicate spec.limits[1].type: Duplicate value: "Pod"']],
  [
    'defaults of a pod',
    limits({ type: 'Pod', default: { cpu: '1' }, defaultRequest: { cpu: '1' } }),
    [
      "Forbidden spec.limits[0].default: Forbidden: may not be specified when `type` is 'Pod'",
      "Forbidden spec.limits[0].defaultRequest: Forbidden: may not be specified when `type` is 'Pod'",
    ],
  ],
  [
    'a resource of nobody',
    limits({ type: 'Pod', max: { apples: '1' } }),
    [
      'Invalid spec.limits[0].max[apples]: Invalid value: "apples": must be a standard resource type or fully qualified',
      'Invalid spec.limits[0].max[apples]: Invalid value: "apples": must be a standard resource for containers',
    ],
  ],
  [
    'claims without a bound',
    limits({ type: 'PersistentVolumeClaim' }),
    [
      'Required spec.limits[0].limits: Required value: either minimum or maximum storage value is required, but neither was provided',
    ],
  ],
  [
    'amounts in the wrong order',
    limits({
      type: 'Container',
      min: { cpu: '4' },
      max: { cpu: '1' },
      default: { cpu: '2' },
      defaultRequest: { cpu: '3' },
    }),
    [
      'Invalid spec.limits[0].min[cpu]: Invalid value: "4": min value 4 is greater than max value 1',
      'Invalid spec.limits[0].defaultRequest[cpu]: Invalid value: "3": min value 4 is greater than default request value 3',
      'Invalid spec.limits[0].defaultRequest[cpu]: Invalid value: "3": default request value 3 is greater than max value 1',
      'Invalid spec.limits[0].defaultRequest[cpu]: Invalid value: "3": default request value 3 is greater than default limit value 2',
      'Invalid spec.limits[0].default[cpu]: Invalid value: "4": min value 4 is greater than default value 2',
      'Invalid spec.limits[0].default[cpu]: Invalid value: "1": default value 2 is greater than max value 1',
    ],
  ],
  [
    'a ratio that cannot be reached',
    limits({ type: 'Pod', min: { cpu: '1' }, max: { cpu: '2' }, maxLimitRequestRatio: { cpu: '3' } }),
    [
      'Invalid spec.limits[0].maxLimitRequestRatio[cpu]: Invalid value: "3": ratio 3 is greater than max/min = 2.000000',
    ],
  ],
  [
    'a ratio below one',
    limits({ type: 'Pod', maxLimitRequestRatio: { cpu: '500m' } }),
    ['Invalid spec.limits[0].maxLimitRequestRatio[cpu]: Invalid value: "500m": ratio 500m is less than 1'],
  ],
]);

const quotaKind: Kind<ResourceQuota> = {
  name: 'resourceQuota',
  type: Resources.resourceQuotas,
  strategy: resourceQuota,
  good: { apiVersion: 'v1', kind: 'ResourceQuota', metadata, spec: { hard: { pods: '1' } } },
};
const expressions = (...list: readonly object[]) => spec({ scopeSelector: { matchExpressions: list } });
const ONLY_EXISTS =
  "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity";
refusesToCreate(quotaKind, [
  [
    'a resource of nobody',
    spec({ hard: { apples: '1' } }),
    [
      'Invalid spec.hard[apples]: Invalid value: "apples": must be a standard resource type or fully qualified',
      'Invalid spec.hard[apples]: Invalid value: "apples": must be a standard resource for quota',
    ],
  ],
  [
    'half a pod',
    spec({ hard: { pods: '500m' } }),
    ['Invalid spec.hard[pods]: Invalid value: "500m": must be an integer'],
  ],
  [
    'less than nothing',
    spec({ hard: { pods: '-1' } }),
    ['Invalid spec.hard[pods]: Invalid value: "-1": must be greater than or equal to 0'],
  ],
  ['an unknown scope', spec({ scopes: ['Mine'] }), ['Invalid spec.scopes: Invalid value: ["Mine"]: unsupported scope']],
  [
    'a scope that says nothing about the resource',
    spec({ hard: { services: '1' }, scopes: ['BestEffort'] }),
    ['Invalid spec.scopes: Invalid value: ["BestEffort"]: unsupported scope applied to resource'],
  ],
  [
    'scopes that exclude each other',
    spec({ scopes: ['BestEffort', 'NotBestEffort'] }),
    ['Invalid spec.scopes: Invalid value: ["BestEffort","NotBestEffort"]: conflicting scopes'],
  ],
  [
    'a scope with values it has not',
    expressions({ scopeName: 'Terminating', operator: 'In', values: [] }),
    [
      `Invalid spec.scopeSelector.matchExpressions.operator: Invalid value: "In": ${ONLY_EXISTS}`,
      "Required spec.scopeSelector.matchExpressions.values: Required value: must be at least one value when `operator` is 'In' or 'NotIn' for scope selector",
    ],
  ],
  [
    'an unknown operator',
    expressions({ scopeName: 'PriorityClass', operator: 'Like' }),
    ['Invalid spec.scopeSelector.matchExpressions.operator: Invalid value: "Like": not a valid selector operator'],
  ],
]);
refusesToUpdate(quotaKind, [
  [
    'another scope',
    spec({ scopes: ['BestEffort'] }),
    ['Invalid spec.scopes: Invalid value: ["BestEffort"]: field is immutable'],
  ],
]);

const controllerKind: Kind<ReplicationController> = {
  name: 'replicationController',
  type: Resources.replicationControllers,
  strategy: replicationController,
  good: {
    apiVersion: 'v1',
    kind: 'ReplicationController',
    metadata,
    spec: {
      selector: { app: 'web' },
      template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
    },
  },
};
refusesToCreate(controllerKind, [
  [
    'less than no pods',
    spec({ replicas: -1 }),
    ['Invalid spec.replicas: Invalid value: -1: must be greater than or equal to 0'],
  ],
  [
    'a template of other pods',
    spec({ template: { metadata: { labels: { app: 'db' } } } }),
    ['Invalid spec.template.metadata.labels: Invalid value: {"app":"db"}: `selector` does not match template `labels`'],
  ],
  [
    'pods that end',
    spec({ template: { spec: { restartPolicy: 'Never', activeDeadlineSeconds: 5 } } }),
    [
      'NotSupported spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
      'Forbidden spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in ReplicationController is not Supported',
    ],
  ],
]);
