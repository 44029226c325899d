/** DaemonSets. */
import {
  type DaemonSet,
  type Draft,
  type FieldError,
  fieldErrors,
  internalForm,
  path,
  semanticEqual,
} from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { collisionsDecremented, immutable, nonNegative, nonNegativeFields } from '../checks.ts';
import { ageColumn, containerColumns, integer, mapText, nameColumn, selectorText, text } from '../columns.ts';
import { defaultPodTemplate } from '../pod-spec/defaults.ts';
import { keepSpec, specAndStatus, withTemplate } from '../preparation.ts';
import { amountOf, validateAtMostAll, validateCountOrPercent } from './rolling.ts';
import { templateWarnings, validateWorkloadSelector, validateWorkloadTemplate } from './workload.ts';

const SPEC = path('spec');
const REVISION_HISTORY_DEFAULT = 10;

const preparation = withTemplate(
  specAndStatus<DaemonSet>(() => ({
    currentNumberScheduled: 0,
    numberMisscheduled: 0,
    desiredNumberScheduled: 0,
    numberReady: 0,
  })),
  ({ spec }) => spec?.template,
);

export const daemonSet: Strategy<DaemonSet> = {
  validated: true,
  defaults: defaultDaemonSet,
  prepareForCreate(draft, context) {
    preparation.prepareForCreate(draft, context);
    setTemplateGeneration(draft, '1');
  },
  prepareForUpdate(draft, old, context) {
    preparation.prepareForUpdate(draft, old, context);
    setTemplateGeneration(draft, templateGeneration(draft as unknown as DaemonSet, old));
  },
  validate,
  validateUpdate: (object, old) => [
    ...validate(object),
    ...immutable(object.spec.selector, old.spec.selector, SPEC.child('selector')),
  ],
  status: {
    prepareForUpdate: keepSpec,
    validateUpdate: validateStatus,
  },
  warnings: (object, old) => templateWarnings(object, old, object.spec.template),
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

/** The number of the template is no field of v1: it travels in this annotation. */
const TEMPLATE_GENERATION = 'deprecated.daemonset.template.generation';

function setTemplateGeneration(draft: Draft<DaemonSet>, generation: string): void {
  draft.metadata.annotations = { ...draft.metadata.annotations, [TEMPLATE_GENERATION]: generation };
}

/** It counts the templates, whatever the client wrote. */
function templateGeneration({ spec }: DaemonSet, old: DaemonSet): string {
  const before = Number(old.metadata.annotations?.[TEMPLATE_GENERATION] ?? 0);
  return String(semanticEqual(spec.template, old.spec.template) ? before : before + 1);
}

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
  if (strategy?.type === 'OnDelete') return [];
  if (strategy?.type !== 'RollingUpdate') {
    const value = internalForm(strategy, 'k8s.io/api/apps/v1.DaemonSetUpdateStrategy');
    return [fieldErrors.notSupported(at, value, ['RollingUpdate', 'OnDelete'])];
  }
  const where = at.child('rollingUpdate');
  if (strategy.rollingUpdate === undefined) return [fieldErrors.required(where, '')];
  const { maxUnavailable, maxSurge } = strategy.rollingUpdate;
  const errors = [
    ...validateCountOrPercent(maxUnavailable, where.child('maxUnavailable')),
    ...validateCountOrPercent(maxSurge, where.child('maxSurge')),
    ...validateAtMostAll(maxUnavailable, where.child('maxUnavailable')),
    ...validateAtMostAll(maxSurge, where.child('maxSurge')),
  ];
  const unavailable = amountOf(maxUnavailable) !== 0;
  const surge = amountOf(maxSurge) !== 0;
  if (unavailable && surge)
    errors.push(
      fieldErrors.invalid(where.child('maxSurge'), maxSurge, 'may not be set when maxUnavailable is non-zero'),
    );
  if (!unavailable && !surge)
    errors.push(fieldErrors.required(where.child('maxUnavailable'), 'cannot be 0 when maxSurge is 0'));
  return errors;
}

const COUNTS = [
  'currentNumberScheduled',
  'numberMisscheduled',
  'desiredNumberScheduled',
  'numberReady',
  'observedGeneration',
  'updatedNumberScheduled',
  'numberAvailable',
  'numberUnavailable',
  'collisionCount',
] as const;

function validateStatus({ status }: DaemonSet, old: DaemonSet): FieldError[] {
  return [
    ...nonNegativeFields(status, COUNTS, path('status')),
    ...collisionsDecremented(status?.collisionCount, old.status?.collisionCount),
  ];
}
