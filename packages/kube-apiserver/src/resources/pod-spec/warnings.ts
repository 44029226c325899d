/** Warnings that upstream gives on new pods and pod templates: things that are allowed and probably not meant. */
import type { FieldPath, PodSpec } from '@steersman/api';

const DEPRECATED_NODE_LABELS: Readonly<Record<string, string>> = {
  'beta.kubernetes.io/arch': 'use "kubernetes.io/arch" instead',
  'beta.kubernetes.io/os': 'use "kubernetes.io/os" instead',
  'failure-domain.beta.kubernetes.io/region': 'use "topology.kubernetes.io/region" instead',
  'failure-domain.beta.kubernetes.io/zone': 'use "topology.kubernetes.io/zone" instead',
  'beta.kubernetes.io/instance-type': 'use "node.kubernetes.io/instance-type" instead',
};

export function podSpecWarnings(spec: PodSpec, at: FieldPath): string[] {
  return [
    ...nodeSelectorWarnings(spec, at),
    ...duplicateEnvWarnings(spec, at),
    ...portWarnings(spec, at),
    ...negativeGrace(spec, at),
  ];
}

function nodeSelectorWarnings(spec: PodSpec, at: FieldPath): string[] {
  return Object.keys(spec.nodeSelector ?? {}).flatMap((key) => {
    const advice = DEPRECATED_NODE_LABELS[key];
    return advice === undefined ? [] : [`${at.child('nodeSelector').key(key)}: deprecated since v1.14; ${advice}`];
  });
}

function eachContainer(spec: PodSpec, at: FieldPath) {
  return (['initContainers', 'containers'] as const).flatMap((list) =>
    (spec[list] ?? []).map((container, index) => ({ container, at: at.child(list).index(index) })),
  );
}

function duplicateEnvWarnings(spec: PodSpec, at: FieldPath): string[] {
  return eachContainer(spec, at).flatMap(({ container, at: where }) => {
    const firstIndex = new Map<string, number>();
    return (container.env ?? []).flatMap(({ name, value }, index) => {
      const first = firstIndex.get(name);
      firstIndex.set(name, index);
      // A later definition that refers to the earlier one extends it: that is meant.
      if (first === undefined || value?.includes(`$(${name})`)) return [];
      return [
        `${where.child('env').index(index)}: hides previous definition of ${JSON.stringify(name)}, which may be dropped when using apply`,
      ];
    });
  });
}

function portWarnings(spec: PodSpec, at: FieldPath): string[] {
  const seen = new Map<string, string>();
  return eachContainer(spec, at).flatMap(({ container, at: where }) =>
    (container.ports ?? []).flatMap((port, index) => {
      const portAt = where.child('ports').index(index).toString();
      const key = `${port.containerPort}/${port.protocol ?? 'TCP'}/${port.hostPort ?? 0}/${port.hostIP ?? ''}`;
      const before = seen.get(key);
      seen.set(key, portAt);
      return before === undefined ? [] : [`${portAt}: duplicate port definition with ${before}`];
    }),
  );
}

function negativeGrace(spec: PodSpec, at: FieldPath): string[] {
  const seconds = spec.terminationGracePeriodSeconds ?? 0;
  return seconds < 0
    ? [
        `${at.child('terminationGracePeriodSeconds')}: must be >= 0; negative values are invalid and will be treated as 1`,
      ]
    : [];
}
