/** Pods. */
import { type Draft, type FieldError, fieldErrors, type Pod, path } from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { validateProfilesMatch } from '../pod-spec/annotations.ts';
import { defaultPod } from '../pod-spec/defaults.ts';
import { mergeLabelKeys } from '../pod-spec/label-keys.ts';
import { qosClassOf } from '../pod-spec/qos.ts';
import { validatePodStatusUpdate } from '../pod-spec/status.ts';
import { validatePod, validatePodUpdate } from '../pod-spec/update.ts';
import { podSpecWarnings } from '../pod-spec/warnings.ts';
import { bumpGeneration, keepStatus } from '../preparation.ts';
import { podColumns } from './pod-columns.ts';

export const pod: Strategy<Pod> = {
  validated: true,
  defaults: (draft) => {
    if (draft.spec !== undefined) defaultPod(draft.spec);
  },
  prepareForCreate: startStatus,
  prepareForUpdate(draft, old) {
    keepStatus(draft, old);
    bumpGeneration(draft, old);
  },
  validate: (object) => [...validatePod(object), ...validateNew(object)],
  validateUpdate: validatePodUpdate,
  warnings: (object, old) => (old === undefined ? podSpecWarnings(object.spec, path('spec')) : []),
  status: {
    prepareForUpdate(draft, old) {
      draft.spec = structuredClone(old.spec) as Draft<Pod>['spec'];
      draft.status ??= {};
      if (old.status?.qosClass !== undefined) draft.status.qosClass = old.status.qosClass;
      if (old.metadata.ownerReferences === undefined) delete draft.metadata.ownerReferences;
      else
        draft.metadata.ownerReferences = structuredClone(
          old.metadata.ownerReferences,
        ) as Draft<Pod>['metadata']['ownerReferences'];
    },
    validateUpdate: validatePodStatusUpdate,
  },
  columns: podColumns,
  selectableFields: (object) => ({
    'spec.nodeName': object.spec.nodeName ?? '',
    'spec.restartPolicy': object.spec.restartPolicy ?? '',
    'spec.schedulerName': object.spec.schedulerName ?? '',
    'spec.serviceAccountName': object.spec.serviceAccountName ?? '',
    'spec.hostNetwork': String(object.spec.hostNetwork ?? false),
    'status.phase': object.status?.phase ?? '',
    'status.podIP': object.status?.podIPs?.[0]?.ip ?? object.status?.podIP ?? '',
    'status.nominatedNodeName': object.status?.nominatedNodeName ?? '',
  }),
  graceSeconds: graceOf,
};

function startStatus(draft: Draft<Pod>): void {
  draft.metadata.generation = 1;
  mergeLabelKeys(draft.spec, draft.metadata.labels);
  draft.status = { phase: 'Pending', qosClass: qosClassOf(draft.spec as Pod['spec']) };
  if ((draft.spec.schedulingGates ?? []).length > 0) {
    const message = 'Scheduling is blocked due to non-empty scheduling gates';
    draft.status.conditions = [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated', message }];
  }
}

/** A pod that no kubelet runs, or that has ended, goes at once. */
function graceOf(object: Pod, requested: number | undefined): number {
  const phase = object.status?.phase;
  if (!object.spec.nodeName || phase === 'Succeeded' || phase === 'Failed') return 0;
  const seconds = requested ?? object.spec.terminationGracePeriodSeconds ?? 0;
  return seconds < 0 ? 1 : seconds;
}

/** What a pod may come to have, but not be born with. */
function validateNew({ metadata, spec }: Pod): FieldError[] {
  const errors: FieldError[] = [];
  if ((spec.ephemeralContainers ?? []).length > 0) {
    errors.push(fieldErrors.forbidden(path('spec', 'ephemeralContainers'), 'cannot be set on create'));
  }
  if (spec.nodeName && (spec.schedulingGates ?? []).length > 0) {
    errors.push(
      fieldErrors.forbidden(path('spec', 'nodeName'), 'cannot be set until all schedulingGates have been cleared'),
    );
  }
  return [...errors, ...validateProfilesMatch(metadata.annotations, spec, path('spec'))];
}
