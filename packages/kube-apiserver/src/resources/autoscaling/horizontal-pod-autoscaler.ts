/** HorizontalPodAutoscalers, as autoscaling/v2. */
import { type Draft, type FieldError, fieldErrors, type HorizontalPodAutoscaler, path } from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { nonNegativeFields } from '../checks.ts';
import { ageColumn, nameColumn, text } from '../columns.ts';
import { statusOnly } from '../preparation.ts';
import { validateBehavior } from './behavior-validation.ts';
import { validateMetrics, validateReference } from './metrics-validation.ts';

const SPEC = path('spec');
const CPU_UTILIZATION_DEFAULT = 80;
const TARGETS_SHOWN_MAX = 2;
type Metric = NonNullable<HorizontalPodAutoscaler['spec']['metrics']>[number];
type MetricStatus = NonNullable<NonNullable<NonNullable<HorizontalPodAutoscaler['status']>['currentMetrics']>>[number];
type Rules = NonNullable<NonNullable<HorizontalPodAutoscaler['spec']['behavior']>['scaleUp']>;

export const horizontalPodAutoscaler: Strategy<HorizontalPodAutoscaler> = {
  validated: true,
  defaults: defaultAutoscaler,
  ...statusOnly<HorizontalPodAutoscaler>(() => ({ desiredReplicas: 0, currentReplicas: 0, currentMetrics: null })),
  validate: (object) => validate(object),
  validateUpdate: validate,
  status: {
    validateUpdate: ({ status }) => nonNegativeFields(status, ['currentReplicas', 'desiredReplicas'], path('status')),
  },
  columns: [
    nameColumn(),
    text('Reference', 'What it scales.', ({ spec }) => `${spec.scaleTargetRef.kind}/${spec.scaleTargetRef.name}`),
    text('Targets', 'Current and wanted metrics.', targetsText),
    text('MinPods', 'Never fewer.', ({ spec }) => String(spec.minReplicas ?? '<unset>')),
    text('MaxPods', 'Never more.', ({ spec }) => spec.maxReplicas),
    text('Replicas', 'How many there are.', ({ status }) => status?.currentReplicas ?? 0),
    ageColumn(),
  ],
};

function defaultAutoscaler({ spec }: Draft<HorizontalPodAutoscaler>): void {
  if (spec === undefined) return;
  spec.minReplicas ??= 1;
  if ((spec.metrics ?? []).length === 0) {
    spec.metrics = [
      {
        type: 'Resource',
        resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: CPU_UTILIZATION_DEFAULT } },
      },
    ];
  }
  if (spec.behavior === undefined) return;
  const fastest = { type: 'Percent', value: 100, periodSeconds: 15 };
  spec.behavior.scaleUp = withDefaults(spec.behavior.scaleUp, {
    stabilizationWindowSeconds: 0,
    policies: [{ type: 'Pods', value: 4, periodSeconds: 15 }, fastest],
  });
  spec.behavior.scaleDown = withDefaults(spec.behavior.scaleDown, { policies: [fastest] });
}

function withDefaults(rules: Draft<Rules> | undefined, defaults: Draft<Rules>): Draft<Rules> {
  const merged: Draft<Rules> = { ...defaults, ...rules };
  merged.selectPolicy ??= 'Max';
  if ((rules?.policies ?? []).length === 0) merged.policies = defaults.policies;
  return merged;
}

function validate({ spec }: HorizontalPodAutoscaler, old?: HorizontalPodAutoscaler): FieldError[] {
  const { minReplicas, maxReplicas } = spec;
  // Scaling to zero is behind a gate that is off; an object that has it may keep it.
  const lowest = old?.spec.minReplicas === 0 ? 0 : 1;
  const where = SPEC.child('maxReplicas');
  const errors: FieldError[] = [];
  if (minReplicas !== undefined && minReplicas < lowest)
    errors.push(
      fieldErrors.invalid(SPEC.child('minReplicas'), minReplicas, `must be greater than or equal to ${lowest}`),
    );
  if (!(maxReplicas >= 1)) errors.push(fieldErrors.invalid(where, maxReplicas ?? 0, 'must be greater than 0'));
  if (minReplicas !== undefined && (maxReplicas ?? 0) < minReplicas)
    errors.push(fieldErrors.invalid(where, maxReplicas ?? 0, 'must be greater than or equal to `minReplicas`'));
  return [
    ...errors,
    ...validateReference(spec.scaleTargetRef, SPEC.child('scaleTargetRef')),
    ...validateMetrics(spec.metrics, minReplicas, SPEC.child('metrics')),
    ...validateBehavior(spec.behavior, SPEC.child('behavior')),
  ];
}

function targetsText({ spec, status }: HorizontalPodAutoscaler): string {
  const metrics = spec.metrics ?? [];
  if (metrics.length === 0) return '<none>';
  const shown = metrics
    .slice(0, TARGETS_SHOWN_MAX)
    .map((metric, index) => metricText(metric, status?.currentMetrics?.[index]));
  return metrics.length > TARGETS_SHOWN_MAX
    ? `${shown.join(', ')} + ${metrics.length - TARGETS_SHOWN_MAX} more...`
    : shown.join(', ');
}

function metricText(metric: Metric, current: MetricStatus | undefined): string {
  const wanted =
    metric.resource?.target ??
    metric.containerResource?.target ??
    metric.pods?.target ??
    metric.object?.target ??
    metric.external?.target;
  const now =
    current?.resource?.current ??
    current?.containerResource?.current ??
    current?.pods?.current ??
    current?.object?.current ??
    current?.external?.current;
  const name = metric.resource?.name ?? metric.containerResource?.name;
  const head = name === undefined ? '' : `${name}: `;
  if (wanted?.averageUtilization !== undefined) {
    return `${head}${now?.averageUtilization === undefined ? '<unknown>' : `${now.averageUtilization}%`}/${wanted.averageUtilization}%`;
  }
  if (wanted?.averageValue !== undefined)
    return `${head}${now?.averageValue ?? '<unknown>'}/${wanted.averageValue}${name === undefined && metric.pods === undefined ? ' (avg)' : ''}`;
  return `${head}${now?.value ?? '<unknown>'}/${wanted?.value ?? '<unknown>'}`;
}
