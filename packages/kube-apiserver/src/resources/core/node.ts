/** Nodes. */
import {
  type Draft,
  type FieldError,
  type FieldPath,
  fieldErrors,
  type Node,
  names,
  path,
  semanticEqual,
} from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { each, empty, invalidFor, oneOf } from '../checks.ts';
import { ageColumn, nameColumn, orNone, text } from '../columns.ts';
import { validateAmount } from '../pod-spec/quantities.ts';
import { keepStatus } from '../preparation.ts';

const ROLE_PREFIX = 'node-role.kubernetes.io/';
const SPEC = path('spec');
type Taint = NonNullable<Node['spec']['taints']>[number];

export const node: Strategy<Node> = {
  validated: true,
  defaults(draft) {
    draft.spec ??= {};
    if (draft.status?.capacity === undefined || draft.status.allocatable !== undefined) return;
    draft.status.allocatable = { ...draft.status.capacity };
  },
  prepareForUpdate: (draft, old) => keepStatus(draft, old),
  validate: (object) => [
    ...validateTaints(object.spec.taints),
    ...validatePodRanges(object),
    ...validateProviderId(object),
    ...validateCapacity(object),
  ],
  validateUpdate: (object, old) => [...validateTaints(object.spec.taints), ...validateChange(object, old)],
  status: {
    prepareForUpdate(draft, old) {
      draft.spec = structuredClone(old.spec) as Draft<Node>['spec'];
    },
    validateUpdate: validateCapacity,
  },
  columns: [
    nameColumn(),
    text('Status', 'Ready or not, and whether pods may be placed there.', statusText),
    text('Roles', 'Roles by label.', rolesText),
    ageColumn(),
    text('Version', 'Version of the kubelet.', ({ status }) => status?.nodeInfo?.kubeletVersion ?? ''),
    text('Internal-IP', 'Address inside the cluster.', (object) => addressOf(object, 'InternalIP'), 1),
    text('External-IP', 'Address outside the cluster.', (object) => addressOf(object, 'ExternalIP'), 1),
    text('OS-Image', 'Operating system.', ({ status }) => orUnknown(status?.nodeInfo?.osImage), 1),
    text('Kernel-Version', 'Version of the kernel.', ({ status }) => orUnknown(status?.nodeInfo?.kernelVersion), 1),
    text(
      'Container-Runtime',
      'Container runtime and its version.',
      ({ status }) => orUnknown(status?.nodeInfo?.containerRuntimeVersion),
      1,
    ),
  ],
  selectableFields: ({ spec }) => ({ 'spec.unschedulable': String(spec.unschedulable ?? false) }),
};

function statusText({ spec, status }: Node): string {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  const words = ready === undefined ? ['Unknown'] : [ready.status === 'True' ? 'Ready' : 'NotReady'];
  if (spec.unschedulable === true) words.push('SchedulingDisabled');
  return words.join(',');
}

function rolesText({ metadata }: Node): string {
  const roles = Object.entries(metadata.labels ?? {}).flatMap(([key, value]) => {
    if (key.startsWith(ROLE_PREFIX)) return key.length > ROLE_PREFIX.length ? [key.slice(ROLE_PREFIX.length)] : [];
    return key === 'kubernetes.io/role' && value !== '' ? [value] : [];
  });
  return orNone([...new Set(roles)].toSorted().join(','));
}

function addressOf({ status }: Node, wanted: string): string {
  return orNone(status?.addresses?.find(({ type }) => type === wanted)?.address ?? '');
}

function orUnknown(value: string | undefined): string {
  return empty(value) ? '<unknown>' : value;
}

function validateTaints(taints: readonly Taint[] | undefined): FieldError[] {
  const seen = new Set<string>();
  return each(taints, SPEC.child('taints'), (taint, at) => {
    const errors = [
      ...invalidFor(names.qualifiedName(taint.key), taint.key, at.child('key')),
      ...validateTaintValue(taint.value, at.child('value')),
      ...(empty(taint.effect)
        ? [fieldErrors.required(at.child('effect'), '')]
        : oneOf(taint.effect, ['NoExecute', 'NoSchedule', 'PreferNoSchedule'], at.child('effect'))),
    ];
    const key = `${taint.key}:${taint.effect}`;
    if (seen.has(key)) errors.push(fieldErrors.duplicate(at, taint));
    seen.add(key);
    return errors;
  });
}

function validateTaintValue(value: string | undefined, at: FieldPath): FieldError[] {
  if (empty(value)) return [];
  const messages = names.labelValue(value);
  return messages.length === 0 ? [] : [fieldErrors.invalid(at, value, messages.join(';'))];
}

function validatePodRanges({ spec }: Node): FieldError[] {
  const ranges = spec.podCIDRs ?? [];
  const at = SPEC.child('podCIDRs');
  const errors = each(ranges, at, (range, where) => invalidFor(names.cidr(range), range, where));
  const mixed = ranges.length === 2 && ranges[0]?.includes(':') !== ranges[1]?.includes(':');
  if (ranges.length > 1 && !mixed)
    errors.push(fieldErrors.invalid(at, ranges, 'may specify no more than one CIDR for each IP family'));
  return errors;
}

function validateProviderId({ spec }: Node): FieldError[] {
  return (spec.providerID ?? '').length > 512 ? [fieldErrors.tooLong(SPEC.child('providerID'), '', 512)] : [];
}

function validateCapacity({ status }: Node): FieldError[] {
  const check = (field: 'capacity' | 'allocatable') =>
    Object.entries(status?.[field] ?? {}).flatMap(([name, amount]) =>
      validateAmount(name, amount, path('status', field).key(name)),
    );
  return [...check('capacity'), ...check('allocatable')];
}

/** What identifies a node to the network and the cloud is set once. */
function validateChange(object: Node, old: Node): FieldError[] {
  const errors: FieldError[] = [];
  const before = old.spec.podCIDRs ?? [];
  if (before.length > 0 && !semanticEqual(before, object.spec.podCIDRs ?? [])) {
    errors.push(
      fieldErrors.forbidden(SPEC.child('podCIDRs'), 'node updates may not change podCIDR except from "" to valid'),
    );
  } else errors.push(...validatePodRanges(object));
  if (!empty(old.spec.providerID) && old.spec.providerID !== object.spec.providerID) {
    errors.push(
      fieldErrors.forbidden(SPEC.child('providerID'), 'node updates may not change providerID except from "" to valid'),
    );
  }
  return errors;
}
