/** What a resize may change in a running pod (KEP-1287, KEP-5419): cpu and memory, of containers and of the whole pod. */
import {
  type Container,
  type Draft,
  type FieldError,
  type FieldPath,
  fieldErrors,
  type Pod,
  type PodSpec,
  path,
  type ResourceRequirements,
  semanticEqual,
} from '@steersman/api';
import { each } from '../checks.ts';
import { isMirror } from './annotations.ts';
import { qosClassOf } from './qos.ts';
import { validatePod } from './update.ts';

const SPEC = path('spec');
/** Causes about the object as a whole name no field. */
const ROOT = path('');
const LISTS = ['containers', 'initContainers'] as const;
const RESIZABLE = ['cpu', 'memory'];
const ONLY = 'only cpu and memory resources are mutable';

/**
 * Takes over from the request what a resize may touch. Containers that are not those of the pod are taken as they are:
 * validation refuses them.
 */
export function applyResize(draft: Draft<Pod>, wanted: Pod): void {
  const sameCounts = LISTS.every((list) => (wanted.spec[list] ?? []).length === (draft.spec[list] ?? []).length);
  const requested = structuredClone(wanted.spec) as Draft<PodSpec>;
  if (!sameCounts) {
    draft.spec = requested;
    return;
  }
  if (requested.resources === undefined) delete draft.spec.resources;
  else draft.spec.resources = requested.resources;
  for (const list of LISTS) {
    const own = draft.spec[list] ?? [];
    const others = requested[list] ?? [];
    const sameNames = own.every(({ name }, index) => others[index]?.name === name);
    if (sameNames) for (const [index, container] of own.entries()) takeResources(container, others[index]);
    else if (own.length > 0) draft.spec[list] = others;
  }
}

function takeResources(container: Draft<Container>, wanted: Draft<Container> | undefined): void {
  container.resources = wanted?.resources ?? {};
  if (wanted?.resizePolicy === undefined) delete container.resizePolicy;
  else container.resizePolicy = wanted.resizePolicy;
}

export function validatePodResize(pod: Pod, old: Pod): FieldError[] {
  if (isMirror(old.metadata)) return [fieldErrors.forbidden(ROOT, 'static pods cannot be resized')];
  if (old.spec.os?.name === 'windows') return [fieldErrors.forbidden(ROOT, 'windows pods cannot be resized')];
  const errors = [...validatePod(pod, old), ...validateWhole(pod, old), ...validatePodLevel(pod.spec, old.spec)];
  const order = LISTS.flatMap((list) => validateOrder(pod.spec[list], old.spec[list], list));
  if (order.length > 0) return [...errors, ...order];
  errors.push(
    ...each(old.spec.initContainers, SPEC.child('initContainers'), (before, at, index) =>
      validateKept(pod.spec.initContainers?.[index]?.resources, before.resources, at.child('resources'), RESOURCE),
    ),
    ...each(old.spec.containers, SPEC.child('containers'), (before, at, index) =>
      validateKept(pod.spec.containers[index]?.resources, before.resources, at.child('resources'), RESOURCE),
    ),
    ...validateContainers(pod.spec, old.spec),
  );
  if (errors.length > 0 || semanticEqual(maskedSpec(pod.spec, old.spec), old.spec)) return errors;
  return [fieldErrors.forbidden(SPEC, ONLY)];
}

function validateWhole(pod: Pod, old: Pod): FieldError[] {
  const before = old.status?.qosClass ?? qosClassOf(old.spec);
  const running = old.status?.containerStatuses?.find(({ state }) => state?.running !== undefined);
  return [
    ...(qosClassOf(pod.spec) === before
      ? []
      : [
          fieldErrors.invalid(SPEC, pod.status?.qosClass ?? '', 'Pod QOS Class may not change as a result of resizing'),
        ]),
    ...(running !== undefined && running.resources === undefined
      ? [fieldErrors.forbidden(SPEC, 'Pod running on node without support for resize')]
      : []),
  ];
}

/** What messages call the resources of containers, and those of the pod. */
const RESOURCE = 'resource';
const POD_LEVEL = 'pod-level resource';

function validatePodLevel({ resources }: PodSpec, { resources: old }: PodSpec): FieldError[] {
  const at = SPEC.child('resources');
  if (old !== undefined && resources === undefined)
    return [fieldErrors.forbidden(at, 'pod-level resources cannot be removed')];
  const errors = old === undefined ? [] : validateKept(resources, old, at, POD_LEVEL);
  if (!semanticEqual(maskedPodLevel(resources, old) ?? null, old ?? null))
    errors.push(fieldErrors.forbidden(SPEC, `${ONLY} at pod-level`));
  return errors;
}

/** Nothing that was asked for or limited can be taken back. */
function validateKept(
  resources: ResourceRequirements | undefined,
  old: ResourceRequirements | undefined,
  at: FieldPath,
  what: string,
): FieldError[] {
  return (['requests', 'limits'] as const).flatMap((part) => {
    const kept = Object.keys(old?.[part] ?? {}).every((name) => resources?.[part]?.[name] !== undefined);
    return kept ? [] : [fieldErrors.forbidden(at.child(part), `${what} ${part} cannot be removed`)];
  });
}

function validateOrder(
  containers: readonly Container[] = [],
  old: readonly Container[] = [],
  list: (typeof LISTS)[number],
): FieldError[] {
  const at = SPEC.child(list);
  if (containers.length !== old.length)
    return [fieldErrors.forbidden(at, `${list} may not be added or removed on resize`)];
  return each(old, at, ({ name }, where, index) =>
    containers[index]?.name === name
      ? []
      : [fieldErrors.forbidden(where.child('name'), `${list} may not be renamed or reordered on resize`)],
  );
}

function validateContainers(spec: PodSpec, old: PodSpec): FieldError[] {
  return [
    ...spec.containers.flatMap((container, index) =>
      isResourceChange(container, old.containers[index]) ? [] : [fieldErrors.forbidden(SPEC, ONLY)],
    ),
    ...each(spec.initContainers, SPEC.child('initContainers'), (container, at, index) =>
      validateInitContainer(container, old.initContainers?.[index], at),
    ),
  ];
}

function validateInitContainer(container: Container, old: Container | undefined, at: FieldPath): FieldError[] {
  const errors = isResourceChange(container, old)
    ? []
    : [fieldErrors.forbidden(at, 'only cpu and memory resources for init or sidecar containers are mutable')];
  if (container.restartPolicy === 'Always' || semanticEqual(container, old)) return errors;
  const restarting = (container.resizePolicy ?? []).filter(({ restartPolicy }) => restartPolicy === 'RestartContainer');
  const detail = 'non-sidecar init containers with a resize policy of RestartContainer cannot be resized';
  return [...errors, ...restarting.map(() => fieldErrors.forbidden(at, detail))];
}

/** Whether nothing but amounts of cpu and memory differs. */
function isResourceChange(container: Container, old: Container | undefined): boolean {
  return semanticEqual(masked(container, old), old);
}

type Amounts = Readonly<Record<string, string>>;

/** With the old amounts of what can be resized. */
function maskedAmounts(amounts: Amounts = {}, old: Amounts = {}): Amounts {
  const entries = Object.entries(amounts).filter(([name]) => !RESIZABLE.includes(name));
  const before = Object.entries(old).filter(([name]) => RESIZABLE.includes(name));
  return Object.fromEntries([...entries, ...before]);
}

/** Claims of the container are left out, as upstream does: they cannot change either way. */
function masked(container: Container, old: Container | undefined): Container {
  const limits = maskedAmounts(container.resources?.limits, old?.resources?.limits);
  const requests = maskedAmounts(container.resources?.requests, old?.resources?.requests);
  return { ...container, resources: { limits, requests } };
}

function maskedPodLevel(
  resources: ResourceRequirements | undefined,
  old: ResourceRequirements | undefined,
): ResourceRequirements | undefined {
  if (resources === undefined) return undefined;
  const limits = maskedAmounts(resources.limits, old?.limits);
  const requests = maskedAmounts(resources.requests, old?.requests);
  const claims = resources.claims ?? [];
  const nothing = Object.keys(limits).length + Object.keys(requests).length + claims.length === 0;
  return old === undefined && nothing ? undefined : { ...resources, limits, requests };
}

function maskedSpec(spec: PodSpec, old: PodSpec): PodSpec {
  const { initContainers, resources: _own, ...rest } = spec;
  const resources = maskedPodLevel(spec.resources, old.resources);
  return {
    ...rest,
    ...(resources === undefined ? {} : { resources }),
    containers: spec.containers.map((container, index) => masked(container, old.containers[index])),
    ...(initContainers === undefined
      ? {}
      : { initContainers: initContainers.map((container, index) => masked(container, old.initContainers?.[index])) }),
  };
}
