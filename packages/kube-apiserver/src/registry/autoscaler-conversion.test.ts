import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '@steersman/api';
import { AUTOSCALERS } from './autoscaler-conversion.ts';

const PREFIX = 'autoscaling.alpha.kubernetes.io';
const target = {
  scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd' },
  minReplicas: 1,
  maxReplicas: 9,
};
const described = { apiVersion: 'v1', kind: 'Service', name: 's' };
const selector = { matchLabels: { a: 'b' } };
const cpu = (target: object) => ({ type: 'Resource', resource: { name: 'cpu', target } });

const metrics = [
  cpu({ type: 'AverageValue', averageValue: '100m' }),
  { type: 'Resource', resource: { name: 'memory', target: { type: 'Utilization', averageUtilization: 70 } } },
  {
    type: 'ContainerResource',
    containerResource: { name: 'cpu', container: 'c', target: { type: 'Utilization', averageUtilization: 60 } },
  },
  { type: 'Pods', pods: { metric: { name: 'm', selector }, target: { type: 'AverageValue', averageValue: '5' } } },
  {
    type: 'Object',
    object: { describedObject: described, metric: { name: 'm' }, target: { type: 'Value', value: '10k' } },
  },
  {
    type: 'External',
    external: { metric: { name: 'q', selector }, target: { type: 'AverageValue', averageValue: '30' } },
  },
  cpu({ type: 'Utilization', averageUtilization: 50 }),
];
const currentMetrics = [
  { type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 12, averageValue: '60m' } } },
  { type: 'Pods', pods: { metric: { name: 'm', selector }, current: { averageValue: '4' } } },
  { type: 'Object', object: { describedObject: described, metric: { name: 'm' }, current: { value: '3k' } } },
  { type: 'External', external: { metric: { name: 'q' }, current: { value: '1', averageValue: '500m' } } },
];
const conditions = [
  { type: 'AbleToScale', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z', reason: 'R', message: 'm' },
];
const behavior = {
  scaleUp: {
    stabilizationWindowSeconds: 0,
    selectPolicy: 'Max',
    policies: [{ type: 'Pods', value: 4, periodSeconds: 15 }],
    tolerance: '50m',
  },
  scaleDown: { selectPolicy: 'Disabled', policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }] },
};
const full = {
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: 'h', annotations: { mine: 'yes' } },
  spec: { ...target, metrics, behavior },
  status: { currentReplicas: 2, desiredReplicas: 3, currentMetrics, conditions },
} as KubeObject;

interface V1 {
  readonly spec: { readonly targetCPUUtilizationPercentage?: number };
  readonly status: { readonly currentCPUUtilizationPercentage?: number };
}

test('AUTOSCALERS carry everything of v2 through v1 and back', () => {
  const older = AUTOSCALERS.fromStored(full);
  assert.deepEqual(Object.keys(older.metadata.annotations ?? {}), [
    'mine',
    ...['metrics', 'current-metrics', 'conditions', 'behavior'].map((name) => `${PREFIX}/${name}`),
  ]);
  const { spec, status } = older as unknown as V1;
  assert.deepEqual(spec, { ...target, targetCPUUtilizationPercentage: 50 });
  assert.deepEqual(status, { currentReplicas: 2, desiredReplicas: 3, currentCPUUtilizationPercentage: 12 });
  assert.deepEqual(AUTOSCALERS.toStored(older), full);
  assert.deepEqual(AUTOSCALERS.fromStored(AUTOSCALERS.toStored(older)), older);
});

test('AUTOSCALERS write the annotations as upstream does', () => {
  const annotations = AUTOSCALERS.fromStored(full).metadata.annotations ?? {};
  const written = JSON.parse(annotations[`${PREFIX}/metrics`] ?? '') as readonly object[];
  assert.deepEqual(written[3], { type: 'Pods', pods: { metricName: 'm', selector, targetAverageValue: '5' } });
  assert.deepEqual(written[4], { type: 'Object', object: { target: described, metricName: 'm', targetValue: '10k' } });
  assert.deepEqual(written[5], {
    type: 'External',
    external: { metricName: 'q', metricSelector: selector, targetAverageValue: '30' },
  });
  assert.equal(
    annotations[`${PREFIX}/behavior`],
    '{"ScaleUp":{"StabilizationWindowSeconds":0,"SelectPolicy":"Max","Policies":[{"Type":"Pods","Value":4,"PeriodSeconds":15}],"Tolerance":"50m"},' +
      '"ScaleDown":{"StabilizationWindowSeconds":null,"SelectPolicy":"Disabled","Policies":[{"Type":"Percent","Value":100,"PeriodSeconds":15}],"Tolerance":null}}',
  );
});

test('AUTOSCALERS take what v1 itself says, and nothing from annotations that cannot be read', () => {
  const older = {
    apiVersion: 'autoscaling/v1',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'h', annotations: { [`${PREFIX}/metrics`]: '{', [`${PREFIX}/current-metrics`]: 'null' } },
    spec: { ...target, targetCPUUtilizationPercentage: 40 },
    status: { currentReplicas: 1, desiredReplicas: 1, currentCPUUtilizationPercentage: 7 },
  } as KubeObject;
  const newer = AUTOSCALERS.toStored(older);
  assert.deepEqual(newer.metadata, { name: 'h' });
  const { spec, status } = newer as unknown as { readonly spec: object; readonly status: object };
  assert.deepEqual(spec, { ...target, metrics: [cpu({ type: 'Utilization', averageUtilization: 40 })] });
  assert.deepEqual(status, {
    currentReplicas: 1,
    desiredReplicas: 1,
    currentMetrics: [{ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 7 } } }],
  });
});
