import {
  nameOf,
  namespaceOf,
  ownerReferenceTo,
  type PersistentVolumeClaim,
  type Pod,
  type PodSpec,
  type PodTemplateSpec,
  Resources,
  type StatefulSet,
} from '@steersman/api';
import { podFromTemplate } from '../pods/pod-control.ts';
import { REVISION_LABEL } from '../revisions/history.ts';

const POD_NAME_LABEL = 'statefulset.kubernetes.io/pod-name';
const POD_INDEX_LABEL = 'apps.kubernetes.io/pod-index';

export function podName(set: StatefulSet, ordinal: number): string {
  return `${nameOf(set)}-${ordinal}`;
}

/** The ordinal in a pod's name; undefined when the pod is not one of this set's. */
export function ordinalOf(set: StatefulSet, pod: Pod): number | undefined {
  const prefix = `${nameOf(set)}-`;
  const rest = nameOf(pod).startsWith(prefix) ? nameOf(pod).slice(prefix.length) : '';
  return /^(?:0|[1-9]\d*)$/.test(rest) ? Number(rest) : undefined;
}

/** The ordinals that the set should have pods for, lowest first. */
export function ordinalsOf({ spec }: StatefulSet): readonly number[] {
  const start = spec.ordinals?.start ?? 0;
  return Array.from({ length: spec.replicas ?? 1 }, (_, index) => start + index);
}

type ClaimTemplate = NonNullable<StatefulSet['spec']['volumeClaimTemplates']>[number];

function claimName(template: ClaimTemplate, pod: string): string {
  return `${nameOf(template)}-${pod}`;
}

/** The volume claims of one ordinal. They outlive pods; and the set too, unless the retention policy says otherwise. */
export function claimsFor(set: StatefulSet, ordinal: number): readonly PersistentVolumeClaim[] {
  const deletedWithSet = set.spec.persistentVolumeClaimRetentionPolicy?.whenDeleted === 'Delete';
  return (set.spec.volumeClaimTemplates ?? []).map((template) => ({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      ...template.metadata,
      name: claimName(template, podName(set, ordinal)),
      namespace: namespaceOf(set),
      labels: { ...template.metadata.labels, ...set.spec.selector.matchLabels },
      ...(deletedWithSet
        ? { ownerReferences: [ownerReferenceTo(set, Resources.statefulSets, { blockOwnerDeletion: false })] }
        : {}),
    },
    spec: template.spec,
  }));
}

function withClaims(set: StatefulSet, spec: PodSpec, pod: string): PodSpec {
  const templates = set.spec.volumeClaimTemplates ?? [];
  const volumes = templates.map((template) => ({
    name: nameOf(template),
    persistentVolumeClaim: { claimName: claimName(template, pod), readOnly: false },
  }));
  const others = (spec.volumes ?? []).filter(({ name }) => !volumes.some((volume) => volume.name === name));
  return volumes.length === 0 ? spec : { ...spec, volumes: [...volumes, ...others] };
}

/** The pod of one ordinal, from the template of one revision: a name, a host name and claims that stay the same. */
export function podForOrdinal(set: StatefulSet, ordinal: number, template: PodTemplateSpec, revision: string): Pod {
  const name = podName(set, ordinal);
  const pod = podFromTemplate(template, set, Resources.statefulSets);
  const { generateName: _unused, ...metadata } = pod.metadata;
  const labels = {
    ...metadata.labels,
    [POD_NAME_LABEL]: name,
    [POD_INDEX_LABEL]: String(ordinal),
    [REVISION_LABEL]: revision,
  };
  const { serviceName = '' } = set.spec;
  const spec = {
    ...withClaims(set, pod.spec, name),
    hostname: name,
    ...(serviceName === '' ? {} : { subdomain: serviceName }),
  };
  return { ...pod, metadata: { ...metadata, name, labels }, spec };
}
