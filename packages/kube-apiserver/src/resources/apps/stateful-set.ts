/** StatefulSets: defaults, validation of what goes wrong most, columns. */
import {
  type Draft,
  type FieldError,
  fieldErrors,
  internalForm,
  names,
  path,
  type StatefulSet,
  semanticEqual,
} from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { atMost, collisionsDecremented, empty, nonNegative, nonNegativeFields, oneOfListed } from '../checks.ts';
import { ageColumn, containerColumns, nameColumn, readyReplicasColumn } from '../columns.ts';
import { defaultPodTemplate } from '../pod-spec/defaults.ts';
import { specAndStatus, withTemplate } from '../preparation.ts';
import { amountOf, validateAtMostAll, validateCountOrPercent } from './rolling.ts';
import { templateWarnings, validateWorkloadSelector, validateWorkloadTemplate } from './workload.ts';

const SPEC = path('spec');
const STRATEGY = SPEC.child('updateStrategy');
const APPS = 'k8s.io/api/apps/v1';
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
  ...withTemplate(
    specAndStatus<StatefulSet>(() => ({ replicas: 0, availableReplicas: 0 })),
    ({ spec }) => spec?.template,
  ),
  // Pods are named after it, and their host names are labels.
  validateName: names.asPrefix(names.dns1123Label),
  validate,
  validateUpdate: (object, old) => [...validate(object), ...validateChange(object, old)],
  status: { validateUpdate: validateStatus },
  warnings: (object, old) => templateWarnings(object, old, object.spec.template),
  columns: [
    nameColumn(),
    readyReplicasColumn(),
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
  const kept = spec.persistentVolumeClaimRetentionPolicy;
  const keptAt = SPEC.child('persistentVolumeClaimRetentionPolicy');
  return [
    ...validateManagement(spec.podManagementPolicy),
    ...validateStrategy(spec.updateStrategy),
    ...(kept === undefined
      ? []
      : (['whenDeleted', 'whenScaled'] as const).flatMap((when) =>
          oneOfListed(kept[when], ['Retain', 'Delete'], keptAt.child(when)),
        )),
    ...nonNegative(spec.replicas, SPEC.child('replicas')),
    ...nonNegative(spec.minReadySeconds, SPEC.child('minReadySeconds')),
    ...nonNegative(spec.ordinals?.start, SPEC.child('ordinals', 'start')),
    ...validateWorkloadSelector(spec.selector, 'statefulset', SPEC.child('selector')),
    ...validateWorkloadTemplate(spec.template, spec.selector, SPEC.child('template'), {
      kind: 'StatefulSet',
      checkPodSpec: false,
    }),
  ];
}

function validateManagement(policy: string | undefined): FieldError[] {
  const at = SPEC.child('podManagementPolicy');
  if (empty(policy)) return [fieldErrors.required(at, '')];
  if (policy === 'OrderedReady' || policy === 'Parallel') return [];
  return [fieldErrors.invalid(at, policy, "must be 'OrderedReady' or 'Parallel'")];
}

function validateStrategy(strategy: StatefulSet['spec']['updateStrategy']): FieldError[] {
  const rolling = strategy?.rollingUpdate;
  const at = STRATEGY.child('rollingUpdate');
  if (empty(strategy?.type)) return [fieldErrors.required(STRATEGY, '')];
  if (strategy?.type === 'RollingUpdate') return rolling === undefined ? [] : validateRolling(rolling, at);
  if (strategy?.type !== 'OnDelete') {
    const value = internalForm(strategy, `${APPS}.StatefulSetUpdateStrategy`);
    return [fieldErrors.invalid(STRATEGY, value, "must be 'RollingUpdate' or 'OnDelete'")];
  }
  if (rolling === undefined) return [];
  const value = internalForm(rolling, `${APPS}.RollingUpdateStatefulSetStrategy`);
  return [fieldErrors.invalid(at, value, "only allowed for updateStrategy 'RollingUpdate'")];
}

function validateRolling(
  { partition, maxUnavailable }: NonNullable<NonNullable<StatefulSet['spec']['updateStrategy']>['rollingUpdate']>,
  at: typeof SPEC,
): FieldError[] {
  const where = at.child('maxUnavailable');
  const none = maxUnavailable !== undefined && amountOf(maxUnavailable) === 0;
  return [
    ...nonNegative(partition, at.child('partition')),
    ...validateCountOrPercent(maxUnavailable, where),
    ...(none ? [fieldErrors.invalid(where, maxUnavailable, 'cannot be 0')] : []),
    ...validateAtMostAll(maxUnavailable, where),
  ];
}

function validateStatus({ status }: StatefulSet, old: StatefulSet): FieldError[] {
  const at = path('status');
  const { replicas = 0, readyReplicas = 0 } = status ?? {};
  const counts = ['replicas', 'readyReplicas', 'currentReplicas', 'updatedReplicas', 'availableReplicas'] as const;
  const parts = ['readyReplicas', 'currentReplicas', 'updatedReplicas', 'availableReplicas'] as const;
  return [
    ...nonNegativeFields(status, [...counts, 'observedGeneration', 'collisionCount'], at),
    ...parts.flatMap((part) =>
      atMost(status?.[part], replicas, 'cannot be greater than status.replicas', at.child(part)),
    ),
    ...atMost(
      status?.availableReplicas,
      readyReplicas,
      'cannot be greater than status.readyReplicas',
      at.child('availableReplicas'),
    ),
    ...collisionsDecremented(status?.collisionCount, old.status?.collisionCount),
  ];
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
