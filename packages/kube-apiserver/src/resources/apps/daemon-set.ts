/** DaemonSets. */
import { type DaemonSet, type Draft, type FieldError, fieldErrors, path } from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { immutable, nonNegative, requiredOneOf } from '../checks.ts';
import { ageColumn, containerColumns, integer, mapText, nameColumn, selectorText, text } from '../columns.ts';
import { defaultPodTemplate } from '../pod-spec/defaults.ts';
import { specAndStatus } from '../preparation.ts';
import { amountOf, validateAtMostAll, validateCountOrPercent } from './rolling.ts';
import { validateWorkloadSelector, validateWorkloadTemplate } from './workload.ts';

const SPEC = path('spec');
const REVISION_HISTORY_DEFAULT = 10;

export const daemonSet: Strategy<DaemonSet> = {
  validated: true,
  defaults: defaultDaemonSet,
  ...specAndStatus<DaemonSet>(() => ({
    currentNumberScheduled: 0,
    numberMisscheduled: 0,
    desiredNumberScheduled: 0,
    numberReady: 0,
  })),
  validate,
  validateUpdate: (object, old) => [
    ...validate(object),
    ...immutable(object.spec.selector, old.spec.selector, SPEC.child('selector')),
  ],
  columns: [
    nameColumn(),
    integer('Desired', 'Nodes that should run a pod.', ({ status }) => status?.desiredNumberScheduled ?? 0),
    integer('Current', 'Nodes that run one.', ({ status }) => status?.currentNumberScheduled ?? 0),
    integer('Ready', 'Nodes whose pod is ready.', ({ status }) => status?.numberReady ?? 0),
    integer(
      'Up-to-date',
      'Nodes whose pod has the newest template.',
      ({ status }) => status?.updatedNumberScheduled ?? 0,
    ),
    integer('Available', 'Nodes whose pod has been ready long enough.', ({ status }) => status?.numberAvailable ?? 0),
    text('Node Selector', 'Which nodes.', ({ spec }) => mapText(spec.template?.spec?.nodeSelector)),
    ageColumn(),
    ...containerColumns<DaemonSet>(({ spec }) => spec.template),
    text('Selector', 'Which pods belong to it.', ({ spec }) => selectorText(spec.selector), 1),
  ],
};

function defaultDaemonSet({ spec }: Draft<DaemonSet>): void {
  if (spec === undefined) return;
  spec.updateStrategy ??= {};
  spec.updateStrategy.type ||= 'RollingUpdate';
  if (spec.updateStrategy.type === 'RollingUpdate') {
    spec.updateStrategy.rollingUpdate ??= {};
    spec.updateStrategy.rollingUpdate.maxUnavailable ??= 1;
    spec.updateStrategy.rollingUpdate.maxSurge ??= 0;
  }
  spec.revisionHistoryLimit ??= REVISION_HISTORY_DEFAULT;
  defaultPodTemplate(spec.template);
}

function validate({ spec }: DaemonSet): FieldError[] {
  return [
    ...validateWorkloadSelector(spec.selector, 'daemonset', SPEC.child('selector')),
    ...validateWorkloadTemplate(spec.template, spec.selector, SPEC.child('template'), {
      kind: 'DaemonSet',
      checkPodSpec: true,
    }),
    ...nonNegative(spec.minReadySeconds, SPEC.child('minReadySeconds')),
    ...validateStrategy(spec.updateStrategy),
    ...nonNegative(spec.revisionHistoryLimit, SPEC.child('revisionHistoryLimit')),
  ];
}

function validateStrategy(strategy: DaemonSet['spec']['updateStrategy']): FieldError[] {
  const at = SPEC.child('updateStrategy');
  if (strategy?.type !== 'RollingUpdate')
    return requiredOneOf(strategy?.type, ['OnDelete', 'RollingUpdate'], at.child('type'));
  const where = at.child('rollingUpdate');
  const { maxUnavailable, maxSurge } = strategy.rollingUpdate ?? {};
  const errors = [
    ...validateCountOrPercent(maxUnavailable, where.child('maxUnavailable')),
    ...validateAtMostAll(maxUnavailable, where.child('maxUnavailable')),
    ...validateCountOrPercent(maxSurge, where.child('maxSurge')),
    ...validateAtMostAll(maxSurge, where.child('maxSurge')),
  ];
  const unavailable = amountOf(maxUnavailable) > 0;
  const surge = amountOf(maxSurge) > 0;
  if (unavailable && surge)
    errors.push(
      fieldErrors.invalid(where.child('maxSurge'), maxSurge, 'may not be set when maxUnavailable is non-zero'),
    );
  if (!unavailable && !surge)
    errors.push(fieldErrors.required(where.child('maxUnavailable'), 'cannot be 0 when maxSurge is 0'));
  return errors;
}
