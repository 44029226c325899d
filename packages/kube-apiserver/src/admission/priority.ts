import { type Draft, type Pod, type PriorityClass, Resources } from '@steersman/api';
import { SYSTEM_PRIORITIES } from '../resources/scheduling/priority-class.ts';
import type { AdmissionPlugin, AdmissionRequest } from './contract.ts';
import { find, forbidden, isWriteOf, list } from './request.ts';

/** Turns a pod's priority class into the number that the scheduler and the kubelet go by (KEP-268). */
export const priority: AdmissionPlugin = {
  name: 'Priority',
  handles: (request) =>
    isWriteOf(request, '/pods', 'create', 'update') ||
    isWriteOf(request, 'scheduling.k8s.io/priorityclasses', 'create', 'update'),
  async mutate(request) {
    if (request.resource.plural !== 'pods') return;
    const pod = request.object as Draft<Pod>;
    if (request.operation === 'update') keep(pod, request.oldObject as Pod);
    else await resolve(request, pod);
  },
  async validate(request) {
    if (request.resource.plural === 'priorityclasses') await onlyOneDefault(request);
  },
};

/** Old clients that do not know the fields do not take them away. */
function keep(pod: Draft<Pod>, old: Pod): void {
  pod.spec.priority ??= old.spec.priority;
  pod.spec.preemptionPolicy ??= old.spec.preemptionPolicy;
  if (pod.spec.priority === undefined) delete pod.spec.priority;
  if (pod.spec.preemptionPolicy === undefined) delete pod.spec.preemptionPolicy;
}

async function resolve(request: AdmissionRequest, pod: Draft<Pod>): Promise<void> {
  const { spec } = pod;
  const found = spec.priorityClassName
    ? await classNamed(request, spec.priorityClassName)
    : await defaultClass(request);
  const value = found?.value ?? 0;
  const policy = found?.preemptionPolicy ?? 'PreemptLowerPriority';
  if (found !== undefined) spec.priorityClassName = found.name;
  if (spec.priority !== undefined && spec.priority !== value) {
    throw forbidden(
      request,
      `the integer value of priority (${spec.priority}) must not be provided in pod spec; priority admission controller computed ${value} from the given PriorityClass name`,
    );
  }
  if (spec.preemptionPolicy !== undefined && spec.preemptionPolicy !== policy) {
    throw forbidden(
      request,
      `the string value of PreemptionPolicy (${spec.preemptionPolicy}) must not be provided in pod spec; priority admission controller computed ${policy} from the given PriorityClass name`,
    );
  }
  spec.priority = value;
  spec.preemptionPolicy = policy;
}

interface Resolved {
  readonly name: string;
  readonly value: number;
  readonly preemptionPolicy: string;
}

async function classNamed(request: AdmissionRequest, name: string): Promise<Resolved> {
  const found = await find(request, Resources.priorityClasses, { name });
  if (found !== undefined) return resolved(found);
  const system = SYSTEM_PRIORITIES[name];
  if (system === undefined) throw forbidden(request, `no PriorityClass with name ${name} was found`);
  return { name, value: system, preemptionPolicy: 'PreemptLowerPriority' };
}

/** The global default; the lowest one if, by a race, there are several. */
async function defaultClass(request: AdmissionRequest): Promise<Resolved | undefined> {
  const classes = (await list(request, Resources.priorityClasses)).filter(
    ({ globalDefault }) => globalDefault === true,
  );
  const lowest = classes.toSorted((a, b) => (a.value ?? 0) - (b.value ?? 0))[0];
  return lowest === undefined ? undefined : resolved(lowest);
}

function resolved({ metadata, value = 0, preemptionPolicy = 'PreemptLowerPriority' }: PriorityClass): Resolved {
  return { name: metadata.name ?? '', value, preemptionPolicy };
}

async function onlyOneDefault(request: AdmissionRequest): Promise<void> {
  const object = request.object as PriorityClass | undefined;
  if (object?.globalDefault !== true) return;
  const other = (await list(request, Resources.priorityClasses)).find(
    ({ globalDefault, metadata }) => globalDefault === true && metadata.name !== object.metadata.name,
  );
  if (other !== undefined)
    throw forbidden(
      request,
      `PriorityClass ${JSON.stringify(other.metadata.name)} is already marked as default. Only one default can exist`,
    );
}
