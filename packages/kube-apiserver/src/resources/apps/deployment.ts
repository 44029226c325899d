/** Deployments. */
import { type Deployment, type Draft, type FieldError, fieldErrors, internalForm, path } from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { atMost, collisionsDecremented, immutable, nonNegative, nonNegativeFields } from '../checks.ts';
import { ageColumn, containerColumns, nameColumn, readyReplicasColumn, selectorText, text } from '../columns.ts';
import { defaultPodTemplate } from '../pod-spec/defaults.ts';
import { specAndStatus, withTemplate } from '../preparation.ts';
import { amountOf, validateAtMostAll, validateCountOrPercent } from './rolling.ts';
import { templateWarnings, validateWorkloadSelector, validateWorkloadTemplate } from './workload.ts';

const SPEC = path('spec');
const REVISION_HISTORY_DEFAULT = 10;
const PROGRESS_DEADLINE_SECONDS_DEFAULT = 600;

// Annotations count as intent here: rollbacks and change causes travel in them.
const preparation = withTemplate(
  specAndStatus<Deployment>(
    () => ({}),
    ({ spec, metadata }) => ({ spec, annotations: metadata.annotations ?? {} }),
  ),
  ({ spec }) => spec?.template,
);

export const deployment: Strategy<Deployment> = {
  validated: true,
  defaults: defaultDeployment,
  ...preparation,
  validate,
  validateUpdate: (object, old) => [
    ...validate(object),
    ...immutable(object.spec.selector, old.spec.selector, SPEC.child('selector')),
  ],
  status: { validateUpdate: validateStatus },
  warnings: (object, old) => templateWarnings(object, old, object.spec.template),
  columns: [
    nameColumn(),
    readyReplicasColumn(),
    text('Up-to-date', 'Pods that have the newest template.', ({ status }) => status?.updatedReplicas ?? 0),
    text('Available', 'Pods that have been ready long enough.', ({ status }) => status?.availableReplicas ?? 0),
    ageColumn(),
    ...containerColumns<Deployment>(({ spec }) => spec.template),
    text('Selector', 'Which pods belong to it.', ({ spec }) => selectorText(spec.selector), 1),
  ],
};

function defaultDeployment({ spec }: Draft<Deployment>): void {
  if (spec === undefined) return;
  spec.replicas ??= 1;
  spec.strategy ??= {};
  spec.strategy.type ||= 'RollingUpdate';
  if (spec.strategy.type === 'RollingUpdate') {
    spec.strategy.rollingUpdate ??= {};
    spec.strategy.rollingUpdate.maxUnavailable ??= '25%';
    spec.strategy.rollingUpdate.maxSurge ??= '25%';
  }
  spec.revisionHistoryLimit ??= REVISION_HISTORY_DEFAULT;
  spec.progressDeadlineSeconds ??= PROGRESS_DEADLINE_SECONDS_DEFAULT;
  defaultPodTemplate(spec.template);
}

function validate({ spec }: Deployment): FieldError[] {
  const errors = [
    ...nonNegative(spec.replicas, SPEC.child('replicas')),
    ...validateWorkloadSelector(spec.selector, 'deployment', SPEC.child('selector')),
    ...validateWorkloadTemplate(spec.template, spec.selector, SPEC.child('template')),
    ...validateStrategy(spec),
    ...nonNegative(spec.minReadySeconds, SPEC.child('minReadySeconds')),
    ...nonNegative(spec.revisionHistoryLimit, SPEC.child('revisionHistoryLimit')),
    ...nonNegative(spec.progressDeadlineSeconds, SPEC.child('progressDeadlineSeconds')),
  ];
  if (spec.progressDeadlineSeconds !== undefined && spec.progressDeadlineSeconds <= (spec.minReadySeconds ?? 0)) {
    errors.push(
      fieldErrors.invalid(
        SPEC.child('progressDeadlineSeconds'),
        spec.progressDeadlineSeconds,
        'must be greater than minReadySeconds',
      ),
    );
  }
  return errors;
}

function validateStrategy({ strategy }: Deployment['spec']): FieldError[] {
  const at = SPEC.child('strategy');
  const rolling = strategy?.rollingUpdate;
  if (strategy?.type === 'Recreate') {
    const detail = "may not be specified when strategy `type` is 'Recreate'";
    return rolling === undefined ? [] : [fieldErrors.forbidden(at.child('rollingUpdate'), detail)];
  }
  if (strategy?.type !== 'RollingUpdate') {
    const value = internalForm(strategy, 'k8s.io/api/apps/v1.DeploymentStrategy');
    return [fieldErrors.notSupported(at, value, ['Recreate', 'RollingUpdate'])];
  }
  const where = at.child('rollingUpdate');
  if (rolling === undefined) return [fieldErrors.required(where, 'this should be defaulted and never be nil')];
  const { maxUnavailable, maxSurge } = rolling;
  const errors = [
    ...validateCountOrPercent(maxUnavailable, where.child('maxUnavailable')),
    ...validateCountOrPercent(maxSurge, where.child('maxSurge')),
    ...validateAtMostAll(maxUnavailable, where.child('maxUnavailable')),
  ];
  if (amountOf(maxUnavailable) === 0 && amountOf(maxSurge) === 0) {
    errors.push(
      fieldErrors.invalid(where.child('maxUnavailable'), maxUnavailable, 'may not be 0 when `maxSurge` is 0'),
    );
  }
  return errors;
}

function validateStatus({ status }: Deployment, old: Deployment): FieldError[] {
  const at = path('status');
  const { replicas, readyReplicas } = status ?? {};
  const parts = ['updatedReplicas', 'readyReplicas', 'availableReplicas'] as const;
  return [
    ...nonNegativeFields(
      status,
      ['observedGeneration', 'replicas', ...parts, 'unavailableReplicas', 'collisionCount'],
      at,
    ),
    ...parts.flatMap((part) =>
      atMost(status?.[part], replicas, 'cannot be greater than status.replicas', at.child(part)),
    ),
    ...atMost(
      status?.availableReplicas,
      readyReplicas,
      'cannot be greater than readyReplicas',
      at.child('availableReplicas'),
    ),
    ...collisionsDecremented(status?.collisionCount, old.status?.collisionCount),
  ];
}
