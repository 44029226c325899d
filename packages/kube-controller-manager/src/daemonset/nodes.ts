import { type DaemonSet, type Node, nameOf, nodeMatcherOf, type Pod, type Toleration, tolerates } from '@steersman/api';

/** What every daemon tolerates, so that it runs where others may not (and so can repair the node). */
const ALWAYS_TOLERATED: readonly Toleration[] = [
  { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/disk-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/memory-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/pid-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/unschedulable', operator: 'Exists', effect: 'NoSchedule' },
];
const NETWORK_UNAVAILABLE: Toleration = {
  key: 'node.kubernetes.io/network-unavailable',
  operator: 'Exists',
  effect: 'NoSchedule',
};

/** The tolerations of a daemon set's pods: its own and those that all daemons have. */
export function tolerationsOf({ spec }: DaemonSet): readonly Toleration[] {
  const own = spec.template.spec?.tolerations ?? [];
  const added =
    spec.template.spec?.hostNetwork === true ? [...ALWAYS_TOLERATED, NETWORK_UNAVAILABLE] : ALWAYS_TOLERATED;
  const missing = added.filter(
    ({ key, effect }) => !own.some((toleration) => toleration.key === key && toleration.effect === effect),
  );
  return [...own, ...missing];
}

function selects({ spec }: DaemonSet, node: Node): boolean {
  const { nodeName, nodeSelector, affinity } = spec.template.spec ?? {};
  if (nodeName !== undefined && nodeName !== '' && nodeName !== nameOf(node)) return false;
  return nodeMatcherOf({ nodeSelector, affinity })?.({ name: nameOf(node), labels: node.metadata.labels }) ?? true;
}

export interface Fit {
  /** A pod should be started there. */
  readonly shouldRun: boolean;
  /** A pod that runs there may go on. */
  readonly mayContinue: boolean;
}

/** Whether a daemon set wants a pod on a node. */
export function fitOf(daemonSet: DaemonSet, node: Node): Fit {
  if (!selects(daemonSet, node)) return { shouldRun: false, mayContinue: false };
  const tolerations = tolerationsOf(daemonSet);
  const untolerated = (node.spec.taints ?? []).filter(
    (taint) => !tolerations.some((toleration) => tolerates(toleration, taint)),
  );
  return {
    shouldRun: untolerated.every(({ effect }) => effect === 'PreferNoSchedule'),
    mayContinue: untolerated.every(({ effect }) => effect !== 'NoExecute'),
  };
}

/** The node a daemon's pod is for: where it is bound, or what its affinity says. */
export function nodeOf({ spec }: Pod): string | undefined {
  if (spec.nodeName !== undefined && spec.nodeName !== '') return spec.nodeName;
  const terms = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  const field = terms[0]?.matchFields?.find(({ key }) => key === 'metadata.name');
  return field?.values?.[0];
}

/** The template's affinity, narrowed to one node. */
export function affinityFor({ spec }: DaemonSet, nodeName: string): NonNullable<Pod['spec']['affinity']> {
  const affinity = spec.template.spec?.affinity ?? {};
  const required = affinity.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  const matchFields = [{ key: 'metadata.name', operator: 'In', values: [nodeName] }];
  const terms =
    required === undefined || required.nodeSelectorTerms.length === 0
      ? [{ matchFields }]
      : required.nodeSelectorTerms.map((term) => ({ ...term, matchFields }));
  return {
    ...affinity,
    nodeAffinity: {
      ...affinity.nodeAffinity,
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms },
    },
  };
}
