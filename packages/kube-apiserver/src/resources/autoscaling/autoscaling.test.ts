import { type HorizontalPodAutoscaler, type PodDisruptionBudget, Resources } from '@steersman/api';
import { type Kind, refusesToCreate } from '../bad-objects.ts';
import { podDisruptionBudget } from '../policy/pod-disruption-budget.ts';
import { horizontalPodAutoscaler } from './horizontal-pod-autoscaler.ts';

const cpu = { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } };
const kind: Kind<HorizontalPodAutoscaler> = {
  name: 'horizontalPodAutoscaler',
  type: Resources.horizontalPodAutoscalers,
  strategy: horizontalPodAutoscaler,
  good: {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { namespace: 'default', name: 'web' },
    spec: { scaleTargetRef: { kind: 'Deployment', name: 'web' }, maxReplicas: 5, metrics: [cpu] },
  },
};
const spec = (patch: object) => ({ spec: patch });
const metric = (patch: object) => spec({ metrics: [patch] });
const target = (patch: object) => metric({ type: 'Resource', resource: { name: 'cpu', target: patch } });
const up = (patch: object) => spec({ behavior: { scaleUp: patch } });
const AT = 'spec.metrics[0]';
const TYPES = '"ContainerResource", "External", "Object", "Pods", "Resource"';

refusesToCreate(kind, [
  [
    'no pod at all',
    spec({ minReplicas: 0 }),
    [
      'Invalid spec.minReplicas: Invalid value: 0: must be greater than or equal to 1',
      'Forbidden spec.metrics: Forbidden: must specify at least one Object or External metric to support scaling to zero replicas',
    ],
  ],
  [
    'a maximum of none',
    spec({ maxReplicas: 0, minReplicas: null }),
    [
      'Invalid spec.maxReplicas: Invalid value: 0: must be greater than 0',
      'Invalid spec.maxReplicas: Invalid value: 0: must be greater than or equal to `minReplicas`',
    ],
  ],
  [
    'a maximum below the minimum',
    spec({ minReplicas: 6 }),
    ['Invalid spec.maxReplicas: Invalid value: 5: must be greater than or equal to `minReplicas`'],
  ],
  [
    'a target without kind',
    spec({ scaleTargetRef: { kind: '' } }),
    ['Required spec.scaleTargetRef.kind: Required value'],
  ],
  [
    'a target name with a slash',
    spec({ scaleTargetRef: { name: 'a/b' } }),
    [`Invalid spec.scaleTargetRef.name: Invalid value: "a/b": may not contain '/'`],
  ],
  [
    'a metric of an unknown type',
    metric({ type: 'Mood' }),
    [1, 2].map(() => `NotSupported ${AT}.type: Unsupported value: "Mood": supported values: ${TYPES}`),
  ],
  [
    'a metric without its source',
    metric({ type: 'Pods' }),
    [`Required ${AT}.pods: Required value: must populate information for the given metric source`],
  ],
  [
    'a metric with another source besides',
    metric({ ...cpu, pods: { metric: { name: 'x' }, target: { type: 'AverageValue', averageValue: '1' } } }),
    [`Forbidden ${AT}.pods: Forbidden: must populate the given metric source only`],
  ],
  [
    'a target without value',
    target({ type: 'Utilization' }),
    [
      `Required ${AT}.resource.target.averageUtilization: Required value: must set either a target raw value or a target utilization`,
    ],
  ],
  [
    'a target of two kinds',
    target({ type: 'Utilization', averageUtilization: 50, averageValue: '1' }),
    [
      `Forbidden ${AT}.resource.target.averageValue: Forbidden: may not set both a target raw value and a target utilization`,
    ],
  ],
  [
    'a target of nothing',
    target({ type: 'Utilization', averageUtilization: 0 }),
    [`Invalid ${AT}.resource.target.averageUtilization: Invalid value: 0: must be greater than 0`],
  ],
  [
    'a target of an unknown type',
    target({ type: 'Median', averageUtilization: 50 }),
    [`Invalid ${AT}.resource.target.type: Invalid value: "Median": must be either Utilization, Value, or AverageValue`],
  ],
  [
    'a window of hours',
    up({ stabilizationWindowSeconds: 3601 }),
    [
      'Invalid spec.behavior.scaleUp.stabilizationWindowSeconds: Invalid value: 3601: must be less than or equal to 3600',
    ],
  ],
  [
    'an unknown choice of policies',
    up({ selectPolicy: 'Random' }),
    [
      'NotSupported spec.behavior.scaleUp.selectPolicy: Unsupported value: "Random": supported values: "Disabled", "Max", "Min"',
    ],
  ],
  [
    'a policy that does nothing for ever',
    up({ policies: [{ type: 'Pods', value: 0, periodSeconds: 1801 }] }),
    [
      'Invalid spec.behavior.scaleUp.policies[0].value: Invalid value: 0: must be greater than zero',
      'Invalid spec.behavior.scaleUp.policies[0].periodSeconds: Invalid value: 1801: must be less than or equal to 1800',
    ],
  ],
]);

refusesToCreate<PodDisruptionBudget>(
  {
    name: 'podDisruptionBudget',
    type: Resources.podDisruptionBudgets,
    strategy: podDisruptionBudget,
    good: {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { namespace: 'default', name: 'web' },
      spec: { minAvailable: 1, selector: {} },
    },
  },
  [
    [
      'both limits',
      spec({ maxUnavailable: '50%' }),
      [
        'Invalid spec: Invalid value: {"MinAvailable":1,"Selector":{},"MaxUnavailable":"50%","UnhealthyPodEvictionPolicy":null}: minAvailable and maxUnavailable cannot be both set',
      ],
    ],
    [
      'more than all',
      spec({ minAvailable: '101%' }),
      ['Invalid spec.minAvailable: Invalid value: "101%": must not be greater than 100%'],
    ],
    [
      'fewer than none',
      spec({ minAvailable: -1 }),
      ['Invalid spec.minAvailable: Invalid value: -1: must be greater than or equal to 0'],
    ],
    [
      'an unknown policy',
      spec({ unhealthyPodEvictionPolicy: 'Sometimes' }),
      [
        'NotSupported spec.unhealthyPodEvictionPolicy: Unsupported value: "Sometimes": supported values: "AlwaysAllow", "IfHealthyBudget"',
      ],
    ],
  ],
);
