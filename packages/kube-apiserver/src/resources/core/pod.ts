/** Pods. */
import {
  type Draft,
  type FieldError,
  fieldErrors,
  formatTime,
  isPodFinished,
  names,
  type Pod,
  path,
} from '@steersman/api';
import type { RequestContext, Strategy } from '../../registry/contract.ts';
import { validateProfilesMatch } from '../pod-spec/annotations.ts';
import { adoptAppArmorAnnotations } from '../pod-spec/app-armor.ts';
import { defaultPod, dropRetiredAnnotations } from '../pod-spec/defaults.ts';
import { dropDisabledFields } from '../pod-spec/disabled-fields.ts';
import { mergeLabelKeys } from '../pod-spec/label-keys.ts';
import { qosClassOf } from '../pod-spec/qos.ts';
import { validatePodStatusUpdate } from '../pod-spec/status.ts';
import { validatePod, validatePodUpdate } from '../pod-spec/update.ts';
import { podStatusWarnings, podWarnings } from '../pod-spec/warnings.ts';
import { bumpGeneration, keepSpec, keepStatus } from '../preparation.ts';
import { podColumns } from './pod-columns.ts';

export const pod: Strategy<Pod> = {
  validated: true,
  defaults: (draft) => {
    dropRetiredAnnotations(draft.metadata);
    if (draft.spec !== undefined) defaultPod(draft.spec);
    if (draft.status !== undefined) pairAddresses(draft.status);
  },
  prepareForCreate,
  prepareForUpdate(draft, old) {
    keepStatus(draft, old);
    dropDisabledFields(draft.spec, old.spec);
    bumpGeneration(draft, old);
  },
  validate: (object) => [...validatePod(object), ...validateNew(object)],
  validateUpdate: validatePodUpdate,
  // Programs update pods, often: upstream warns about new ones only.
  warnings: (object, old) => (old === undefined ? [...hostnameWarnings(object), ...podWarnings(object)] : []),
  status: {
    prepareForUpdate(draft, old) {
      keepSpec(draft, old);
      draft.status ??= {};
      if (!draft.status.qosClass && old.status?.qosClass) draft.status.qosClass = old.status.qosClass;
      keepObservedGenerations(draft.status, old.status ?? {});
      if (old.metadata.ownerReferences === undefined) delete draft.metadata.ownerReferences;
      else
        draft.metadata.ownerReferences = structuredClone(
          old.metadata.ownerReferences,
        ) as Draft<Pod>['metadata']['ownerReferences'];
    },
    validateUpdate: validatePodStatusUpdate,
    warnings: podStatusWarnings,
  },
  columns: podColumns,
  selectable: {
    indexed: 'spec.nodeName',
    reads: [
      'spec.nodeName',
      'spec.restartPolicy',
      'spec.schedulerName',
      'spec.serviceAccountName',
      'spec.hostNetwork',
      'status.phase',
      'status.podIP',
      'status.podIPs',
      'status.nominatedNodeName',
    ],
    fields: (object) => ({
      'spec.nodeName': object.spec.nodeName ?? '',
      'spec.restartPolicy': object.spec.restartPolicy ?? '',
      'spec.schedulerName': object.spec.schedulerName ?? '',
      'spec.serviceAccountName': object.spec.serviceAccountName ?? '',
      'spec.hostNetwork': String(object.spec.hostNetwork ?? false),
      'status.phase': object.status?.phase ?? '',
      'status.podIP': object.status?.podIPs?.[0]?.ip ?? object.status?.podIP ?? '',
      'status.nominatedNodeName': object.status?.nominatedNodeName ?? '',
    }),
  },
  graceSeconds: graceOf,
};

function prepareForCreate(draft: Draft<Pod>, context: RequestContext): void {
  draft.metadata.generation = 1;
  draft.status = { phase: 'Pending', qosClass: qosClassOf(draft.spec as Pod['spec']) };
  dropDisabledFields(draft.spec, undefined);
  if ((draft.spec.schedulingGates ?? []).length > 0) {
    const message = 'Scheduling is blocked due to non-empty scheduling gates';
    const lastTransitionTime = formatTime(context.clock.now());
    const condition = { type: 'PodScheduled', status: 'False', lastTransitionTime, reason: 'SchedulingGated', message };
    draft.status.conditions = [condition];
  }
  mergeLabelKeys(draft.spec, draft.metadata.labels);
  adoptAppArmorAnnotations(draft, (message) => context.warn(message));
}

type Status = NonNullable<Draft<Pod>['status']>;

/** The first of the addresses is the address; old clients know one of the two fields only. */
function pairAddresses(status: Status): void {
  const first = status.podIPs?.[0]?.ip;
  if (status.podIP && status.podIP !== first) status.podIPs = [{ ip: status.podIP }];
  else if (first) status.podIP = first;
}

/** Clients that do not know these counts do not reset them. */
function keepObservedGenerations(status: Status, old: NonNullable<Pod['status']>): void {
  if (!status.observedGeneration && old.observedGeneration) status.observedGeneration = old.observedGeneration;
  const before = (old.conditions ?? []).map((condition) => ({ ...condition }));
  for (const condition of status.conditions ?? []) {
    const index = before.findIndex(({ type }) => type === condition.type);
    const [known] = index === -1 ? [] : before.splice(index, 1);
    if (!condition.observedGeneration && known?.observedGeneration)
      condition.observedGeneration = known.observedGeneration;
  }
}

function hostnameWarnings({ metadata }: Pod): string[] {
  const messages = names.dns1123Label(metadata.name ?? '');
  const advice =
    "this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended";
  return messages.length === 0 ? [] : [`metadata.name: ${advice}: [${messages.join(' ')}]`];
}

/** A pod that no kubelet runs, or that has ended, goes at once. */
function graceOf(object: Pod, requested: number | undefined): number {
  if (!object.spec.nodeName || isPodFinished(object)) return 0;
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
