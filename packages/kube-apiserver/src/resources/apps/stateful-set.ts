/** StatefulSets: defaults, validation of what goes wrong most, columns. */
import { type Draft, type FieldError, fieldErrors, path, type StatefulSet, semanticEqual } from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { nonNegative, requiredOneOf } from '../checks.ts';
import { ageColumn, containerColumns, nameColumn, text } from '../columns.ts';
import { defaultPodTemplate } from '../pod-spec/defaults.ts';
import { specAndStatus } from '../preparation.ts';
import { validateCountOrPercent } from './rolling.ts';
import { validateWorkloadSelector, validateWorkloadTemplate } from './workload.ts';

const SPEC = path('spec');
const REVISION_HISTORY_DEFAULT = 10;
const MUTABLE = [
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
] as const;
const CHANGE_REFUSED =
  "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', " +
  "'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";

export const statefulSet: Strategy<StatefulSet> = {
  validated: true,
  defaults: defaultStatefulSet,
  ...specAndStatus<StatefulSet>(() => ({ replicas: 0, availableReplicas: 0 })),
  validate,
  validateUpdate: (object, old) => [...validate(object), ...validateChange(object, old)],
  columns: [
    nameColumn(),
    text(
      'Ready',
      'Ready pods of the wanted ones.',
      ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec.replicas ?? 0}`,
    ),
    ageColumn(),
    ...containerColumns<StatefulSet>(({ spec }) => spec.template),
  ],
};

function defaultStatefulSet({ spec }: Draft<StatefulSet>): void {
  if (spec === undefined) return;
  spec.podManagementPolicy ||= 'OrderedReady';
  spec.updateStrategy ??= {};
  spec.updateStrategy.type ||= 'RollingUpdate';
  if (spec.updateStrategy.type === 'RollingUpdate') {
    spec.updateStrategy.rollingUpdate ??= {};
    spec.updateStrategy.rollingUpdate.partition ??= 0;
  }
  spec.persistentVolumeClaimRetentionPolicy ??= {};
  spec.persistentVolumeClaimRetentionPolicy.whenDeleted ||= 'Retain';
  spec.persistentVolumeClaimRetentionPolicy.whenScaled ||= 'Retain';
  spec.replicas ??= 1;
  spec.revisionHistoryLimit ??= REVISION_HISTORY_DEFAULT;
  for (const claim of spec.volumeClaimTemplates ?? []) {
    // Written out by upstream's servers, so that clients that compare find no difference.
    claim.apiVersion ||= 'v1';
    claim.kind ||= 'PersistentVolumeClaim';
    if (claim.spec !== undefined) claim.spec.volumeMode ||= 'Filesystem';
    claim.status ??= {};
    claim.status.phase ||= 'Pending';
  }
  defaultPodTemplate(spec.template);
}

function validate({ spec }: StatefulSet): FieldError[] {
  const errors = [
    ...requiredOneOf(spec.podManagementPolicy, ['OrderedReady', 'Parallel'], SPEC.child('podManagementPolicy')),
    ...requiredOneOf(spec.updateStrategy?.type, ['OnDelete', 'RollingUpdate'], SPEC.child('updateStrategy')),
    ...nonNegative(
      spec.updateStrategy?.rollingUpdate?.partition,
      SPEC.child('updateStrategy', 'rollingUpdate', 'partition'),
    ),
    ...validateCountOrPercent(
      spec.updateStrategy?.rollingUpdate?.maxUnavailable,
      SPEC.child('updateStrategy', 'rollingUpdate', 'maxUnavailable'),
    ),
    ...nonNegative(spec.replicas, SPEC.child('replicas')),
    ...nonNegative(spec.minReadySeconds, SPEC.child('minReadySeconds')),
    ...nonNegative(spec.ordinals?.start, SPEC.child('ordinals', 'start')),
    ...validateWorkloadSelector(spec.selector, 'statefulset', SPEC.child('selector')),
    ...validateWorkloadTemplate(spec.template, spec.selector, SPEC.child('template'), {
      kind: 'StatefulSet',
      checkPodSpec: false,
    }),
  ];
  if (spec.updateStrategy?.type === 'OnDelete' && spec.updateStrategy.rollingUpdate !== undefined) {
    const detail = `only allowed for updateStrategy 'RollingUpdate'`;
    errors.push(
      fieldErrors.invalid(SPEC.child('updateStrategy', 'rollingUpdate'), spec.updateStrategy.rollingUpdate, detail),
    );
  }
  return errors;
}

function validateChange({ spec }: StatefulSet, old: StatefulSet): FieldError[] {
  const frozen = { ...old.spec } as Record<string, unknown>;
  const now = { ...spec } as Record<string, unknown>;
  for (const field of MUTABLE) {
    delete frozen[field];
    delete now[field];
  }
  return semanticEqual(now, frozen) ? [] : [fieldErrors.forbidden(SPEC, CHANGE_REFUSED)];
}
