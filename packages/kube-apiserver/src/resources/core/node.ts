/** Nodes. */
import type { Draft, Node } from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { empty } from '../checks.ts';
import { ageColumn, nameColumn, orNone, text } from '../columns.ts';
import { roundUpAmounts } from '../pod-spec/quantities.ts';
import { keepSpec, keepStatus } from '../preparation.ts';
import { validateNode, validateNodeChange } from './node-validation.ts';

const ROLE_PREFIX = 'node-role.kubernetes.io/';

export const node: Strategy<Node> = {
  validated: true,
  defaults(draft) {
    draft.spec ??= {};
    pairPodRanges(draft.spec);
    for (const amounts of [draft.status?.capacity, draft.status?.allocatable]) roundUpAmounts(amounts);
    if (draft.status?.capacity === undefined || draft.status.allocatable !== undefined) return;
    draft.status.allocatable = { ...draft.status.capacity };
  },
  prepareForCreate: (draft) => dropConfig(draft, undefined),
  prepareForUpdate(draft, old) {
    keepStatus(draft, old);
    dropConfig(draft, old);
  },
  validate: validateNode,
  // Upstream judges the whole node first, and then parts of it again.
  validateUpdate: (object, old) => [...validateNode(object), ...validateNodeChange(object, old)],
  warnings: nodeWarnings,
  status: {
    prepareForUpdate: keepSpec,
    validateUpdate: validateNodeChange,
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
  selectable: {
    reads: ['spec.unschedulable'],
    fields: ({ spec }) => ({ 'spec.unschedulable': String(spec.unschedulable ?? false) }),
  },
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

/** Old clients know only one range: it is the first of the list. */
function pairPodRanges(spec: Draft<Node['spec']>): void {
  if (!empty(spec.podCIDR) && (spec.podCIDRs ?? []).length === 0) spec.podCIDRs = [spec.podCIDR];
  const first = spec.podCIDRs?.[0];
  if (empty(spec.podCIDR) && first !== undefined) spec.podCIDR = first;
}

/** Configuration of kubelets from the API is gone: nodes that have it may keep it. */
function dropConfig(draft: Draft<Node>, old: Node | undefined): void {
  if (old?.spec.configSource === undefined) delete draft.spec.configSource;
}

function nodeWarnings({ spec }: Node): string[] {
  return [
    ...(spec.configSource === undefined ? [] : ['spec.configSource: the feature is no longer supported']),
    ...(empty(spec.externalID) ? [] : ['spec.externalID: this field is deprecated, and is unused by Kubernetes']),
  ];
}
