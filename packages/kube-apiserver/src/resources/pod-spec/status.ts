/** What the status of a pod may say, and what it may no longer say once it said otherwise. */
import {
  type ContainerStatus,
  type FieldError,
  type FieldPath,
  fieldErrors,
  names,
  type Pod,
  type PodSpec,
  type PodStatus,
  path,
} from '@steersman/api';
import { validateIp } from '../addresses.ts';
import { between, each, empty, immutable, invalidFor, oneOf } from '../checks.ts';
import { validateChangedAnnotations } from './update.ts';

const STATUS = path('status');
const ID_MAX = 2147483647;
const MESSAGE_LENGTH_MAX = 1024;
/** Upstream's own conditions; names of others are qualified. */
const OWN_CONDITIONS: ReadonlySet<string> = new Set(['PodScheduled', 'Ready', 'Initialized']);

export function validatePodStatusUpdate(pod: Pod, old: Pod): FieldError[] {
  const status = pod.status ?? {};
  const before = old.status ?? {};
  return [
    ...validateChangedAnnotations(pod, old),
    ...validateConditions(status, STATUS.child('conditions')),
    ...validateNomination(pod, old, STATUS.child('nominatedNodeName')),
    ...notNegative(status.observedGeneration, STATUS.child('observedGeneration')),
    ...immutable(status.qosClass ?? '', before.qosClass ?? '', STATUS.child('qosClass')),
    ...validateTransitions(status, before, old.spec),
    ...validateClaimStatuses(pod, STATUS.child('resourceClaimStatuses')),
    ...validateExtendedClaim(pod, STATUS.child('extendedResourceClaimStatus')),
    ...validateAddresses(status.podIPs, before.podIPs, STATUS.child('podIPs')),
    ...validateHostAddresses(status, before, STATUS.child('hostIPs')),
    ...validateUsers(pod),
    ...validateAllocated(pod),
  ];
}

function notNegative(value: number | undefined, at: FieldPath): FieldError[] {
  return (value ?? 0) < 0 ? [fieldErrors.invalid(at, value, 'must be a non-negative integer')] : [];
}

function validateConditions({ conditions }: PodStatus, at: FieldPath): FieldError[] {
  return each(conditions, at, ({ type, observedGeneration }, where) => [
    ...notNegative(observedGeneration, where.child('observedGeneration')),
    ...(OWN_CONDITIONS.has(type) ? [] : invalidFor(names.qualifiedName(type), type, where.child('Type'))),
  ]);
}

function validateNomination({ status }: Pod, old: Pod, at: FieldPath): FieldError[] {
  const name = status?.nominatedNodeName ?? '';
  if (name === '' || name === (old.status?.nominatedNodeName ?? '')) return [];
  return [
    ...invalidFor(names.dns1123Subdomain(name), name, at),
    ...(empty(old.spec.nodeName)
      ? []
      : [fieldErrors.forbidden(at, 'may not be set on pods that are already bound to a node')]),
  ];
}

type Statuses = readonly ContainerStatus[] | undefined;

/** A container that ended starts again only where the pod's policies let it. */
function validateTransitions(status: PodStatus, old: PodStatus, spec: PodSpec): FieldError[] {
  const all = [...(spec.containers ?? []), ...(spec.initContainers ?? [])];
  const anyRestartsAll = all.some(({ restartPolicyRules = [] }) =>
    restartPolicyRules.some(({ action }) => action === 'RestartAllContainers'),
  );
  const mayRestart = (list: 'containers' | 'initContainers') => (name: string, exitCode: number) => {
    const container = spec[list]?.find((each) => each.name === name);
    return container !== undefined && restarts(container, spec.restartPolicy, exitCode);
  };
  const check = (
    list: 'containerStatuses' | 'initContainerStatuses' | 'ephemeralContainerStatuses',
    allowed: (name: string, exitCode: number) => boolean,
  ) => illegalRestarts(status[list], old[list], allowed, STATUS.child(list));
  return [
    ...(anyRestartsAll ? [] : check('containerStatuses', mayRestart('containers'))),
    ...(anyRestartsAll ? [] : check('initContainerStatuses', mayRestart('initContainers'))),
    ...check('ephemeralContainerStatuses', () => false),
  ];
}

type Restartable = PodSpec['containers'][number];

/** Rules of the container come first, then its own policy, then the pod's. */
function restarts(container: Restartable, podPolicy: string | undefined, exitCode: number): boolean {
  const { restartPolicy, restartPolicyRules = [] } = container;
  const matching = restartPolicyRules.some(({ exitCodes }) => {
    const listed = exitCodes?.values?.includes(exitCode) ?? false;
    return exitCodes?.operator === 'In' ? listed : exitCodes?.operator === 'NotIn' && !listed;
  });
  if (matching) return true;
  const policy = restartPolicy ?? podPolicy;
  return policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0);
}

function illegalRestarts(
  statuses: Statuses,
  old: Statuses,
  allowed: (name: string, exitCode: number) => boolean,
  at: FieldPath,
): FieldError[] {
  return each(old, at, (before, where) => {
    const ended = before.state?.terminated;
    const now = statuses?.find(({ name }) => name === before.name);
    if (ended === undefined || now === undefined || now.state?.terminated !== undefined) return [];
    if (allowed(before.name, ended.exitCode)) return [];
    return [fieldErrors.forbidden(where.child('state'), 'may not be transitioned to non-terminated state')];
  });
}

function validateClaimStatuses({ spec, status }: Pod, at: FieldPath): FieldError[] {
  const known = new Set((spec.resourceClaims ?? []).map(({ name }) => name));
  const seen = new Set<string>();
  return each(status?.resourceClaimStatuses, at, ({ name, resourceClaimName: claim }, where) => {
    const nameAt = where.child('name');
    const errors = known.has(name)
      ? []
      : [fieldErrors.invalid(nameAt, name, 'must match the name of an entry in `spec.resourceClaims`')];
    if (seen.has(name)) errors.push(fieldErrors.duplicate(nameAt, name));
    seen.add(name);
    const malformed = claim === undefined ? [] : names.dns1123Subdomain(claim);
    return [...errors, ...invalidFor(malformed, claim, where.child('resourceClaimName'))];
  });
}

function validateExtendedClaim({ spec, status }: Pod, at: FieldPath): FieldError[] {
  const claim = status?.extendedResourceClaimStatus;
  if (claim === undefined) return [];
  const { requestMappings: mappings = [], resourceClaimName: name } = claim;
  const containers = new Map([...(spec.initContainers ?? []), ...spec.containers].map((each) => [each.name, each]));
  const mappingsAt = at.child('requestMappings');
  const nameAt = at.child('resourceClaimName');
  const seen = new Set<string>();
  return [
    ...(mappings.length === 0 ? [fieldErrors.required(mappingsAt, 'at least one request mapping is required')] : []),
    ...each(mappings, mappingsAt, (mapping, where) => {
      const { containerName, resourceName, requestName } = mapping;
      const key = `${containerName}/${resourceName}/${requestName}`;
      const repeated = seen.has(key);
      seen.add(key);
      return [
        ...validateMapping(containers.get(containerName), mapping, where),
        ...invalidFor(names.dns1123Label(requestName), requestName, at.child('requestName')),
        ...(repeated
          ? (['containerName', 'resourceName', 'requestName'] as const).map((field) =>
              fieldErrors.duplicate(where.child(field), mapping[field]),
            )
          : []),
      ];
    }),
    ...(empty(name) ? [fieldErrors.required(nameAt, '')] : invalidFor(names.dns1123Subdomain(name), name, nameAt)),
  ];
}

function validateMapping(
  container: Restartable | undefined,
  mapping: { readonly containerName: string; readonly resourceName: string },
  at: FieldPath,
): FieldError[] {
  const entry = 'spec.initContainers.name or spec.containers.name';
  const requests = 'spec.initContainers.resources.requests or spec.containers.resources.requests';
  if (container === undefined) {
    const detail = `must match the name of an entry in ${entry}`;
    return [fieldErrors.invalid(at.child('containerName'), mapping.containerName, detail)];
  }
  if (container.resources?.requests?.[mapping.resourceName] !== undefined) return [];
  const detail = `must match the extended resource name of an entry in ${requests}`;
  return [fieldErrors.invalid(at.child('resourceName'), mapping.resourceName, detail)];
}

type Addresses = readonly { readonly ip?: string | undefined }[] | undefined;

/** At most one address of each family; what was stored may stay however it is written. */
function validateAddresses(addresses: Addresses, old: Addresses, at: FieldPath): FieldError[] {
  const list = (addresses ?? []).map(({ ip }) => ip ?? '');
  const kept = (old ?? []).map(({ ip }) => ip ?? '');
  const errors = each(list, at, (address, where) => validateIp(address, where, kept));
  const families = new Set(list.map((address) => address.includes(':')));
  if (list.length < 2 || (list.length === 2 && families.size === 2)) return errors;
  const shown = list.map((IP) => ({ IP }));
  return [...errors, fieldErrors.invalid(at, shown, 'may specify no more than one IP for each IP family')];
}

function validateHostAddresses(status: PodStatus, old: PodStatus, at: FieldPath): FieldError[] {
  const first = status.hostIPs?.[0]?.ip;
  if (first === undefined) return [];
  return [
    ...(first === (status.hostIP ?? '')
      ? []
      : [fieldErrors.invalid(at.index(0).child('ip'), first, 'must be equal to `hostIP`')]),
    ...validateAddresses(status.hostIPs, old.hostIPs, at),
  ];
}

const STATUS_LISTS = ['containerStatuses', 'initContainerStatuses', 'ephemeralContainerStatuses'] as const;

function validateUsers({ spec, status }: Pod): FieldError[] {
  const os = spec.os?.name ?? 'linux';
  return STATUS_LISTS.flatMap((list) =>
    each(status?.[list], STATUS.child(list), ({ user }, where) => {
      const linux = user?.linux;
      const at = where.child('user', 'linux');
      if (linux === undefined) return [];
      if (os === 'windows') return [fieldErrors.forbidden(at, 'cannot be set for a windows pod')];
      return [
        ...between(linux.uid, 0, ID_MAX, at.child('uid')),
        ...between(linux.gid, 0, ID_MAX, at.child('gid')),
        ...each(linux.supplementalGroups, at.child('supplementalGroups'), (id, idAt) => between(id, 0, ID_MAX, idAt)),
      ];
    }),
  );
}

/** Health of devices: of what the container asked for, each device once. */
function validateAllocated({ spec, status }: Pod): FieldError[] {
  const check = (list: (typeof STATUS_LISTS)[number], containers: readonly Restartable[] = []) =>
    each(status?.[list], STATUS.child(list), (container, where) => {
      const own = containers.find(({ name }) => name === container.name);
      return each(container.allocatedResourcesStatus, where.child('allocatedResourcesStatus'), (resource, at) => [
        ...(own === undefined ? [] : validateAllocatedName(resource.name, own, at.child('name'))),
        ...validateHealth(resource.resources, at.child('resources')),
      ]);
    });
  const ephemeral = STATUS.child('ephemeralContainerStatuses');
  return [
    ...check('containerStatuses', spec.containers),
    ...check('initContainerStatuses', spec.initContainers),
    ...each(status?.ephemeralContainerStatuses, ephemeral, ({ allocatedResourcesStatus = [] }, where) =>
      allocatedResourcesStatus.length === 0
        ? []
        : [fieldErrors.forbidden(where.child('allocatedResourcesStatus'), 'must not be specified in container status')],
    ),
  ];
}

function validateAllocatedName(name: string, { resources }: Restartable, at: FieldPath): FieldError[] {
  const asClaim = name.startsWith('claim:');
  const claims = (resources?.claims ?? []).map(
    (claim) => `claim:${claim.name}${claim.request ? `/${claim.request}` : ''}`,
  );
  const known = asClaim ? claims.includes(name) : resources?.requests?.[name] !== undefined;
  if (known) return [];
  const detail = asClaim
    ? "must match one of the container's resource claims in a format 'claim:<claimName>/<request>' or 'claim:<claimName>' if request is empty"
    : "must match one of the container's resource requests";
  return [fieldErrors.invalid(at, name, detail)];
}

type Health = NonNullable<NonNullable<ContainerStatus['allocatedResourcesStatus']>[number]['resources']>;

function validateHealth(resources: Health | undefined, at: FieldPath): FieldError[] {
  const seen = new Set<string>();
  return each(resources, at, ({ health, resourceID, message }, where) => {
    const errors = oneOf(health, ['Healthy', 'Unhealthy', 'Unknown'], where.child('health'));
    if (message === '') errors.push(fieldErrors.required(where.child('message'), 'must be non-empty if specified'));
    else if (message !== undefined && Buffer.byteLength(message) > MESSAGE_LENGTH_MAX)
      errors.push(fieldErrors.tooLong(where.child('message'), '', MESSAGE_LENGTH_MAX));
    if (seen.has(resourceID)) errors.push(fieldErrors.duplicate(where.child('resourceID'), resourceID));
    seen.add(resourceID);
    return errors;
  });
}
