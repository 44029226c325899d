/** What each node's pods use, as the Node authorizer asks for it. */
import type { PersistentVolume, Pod, Volume } from '@steersman/api';
import type { CacheEntry } from '../cache/entry.ts';
import type { ResourceCache } from '../cache/resource-cache.ts';

/** The kubelet shows a pod of its own with it: such a pod may claim anything. */
const MIRROR = 'kubernetes.io/config.mirror';

/** Keys `resource/namespace/name` of what the pods of a node use, worked out again when one of them or a volume changes. */
export function nodeReferences(
  pods: ResourceCache,
  volumes: ResourceCache | undefined,
): (node: string) => ReadonlySet<string> {
  const byNode = new Map<string, ReadonlySet<string>>();
  pods.listeners.add(({ entry, previous }) => {
    byNode.delete(nodeOf(entry));
    if (previous !== undefined) byNode.delete(nodeOf(previous));
  });
  const volumeReferences = referencesOfClaims(volumes, () => byNode.clear());
  return (node) => {
    const known = byNode.get(node);
    if (known !== undefined) return known;
    const own = podsOf(pods, node).flatMap((entry) => referencesOf(pods.objectOf(entry) as Pod));
    const found = new Set(own.flatMap((reference) => [reference, ...volumeReferences(reference)]));
    byNode.set(node, found);
    return found;
  };
}

/** The volume that a claim is bound to, and the secrets that mounting it takes. */
function referencesOfClaims(
  volumes: ResourceCache | undefined,
  changed: () => void,
): (claim: string) => readonly string[] {
  let byClaim: Map<string, readonly string[]> | undefined;
  volumes?.listeners.add(() => {
    byClaim = undefined;
    changed();
  });
  return (claim) => {
    if (volumes === undefined || !claim.startsWith('persistentvolumeclaims/')) return [];
    byClaim ??= new Map(
      volumes
        .snapshot(undefined)
        .flat()
        .flatMap((entry) => volumeReferences(volumes.objectOf(entry) as PersistentVolume)),
    );
    return byClaim.get(claim) ?? [];
  };
}

function volumeReferences({ metadata, spec }: PersistentVolume): [claim: string, references: readonly string[]][] {
  const claim = spec.claimRef;
  if (claim === undefined) return [];
  const { azureFile, cephfs, csi, flexVolume, iscsi, rbd, scaleIO, storageos } = spec;
  const { nodePublishSecretRef, nodeStageSecretRef, nodeExpandSecretRef } = csi ?? {};
  const named = [cephfs, flexVolume, iscsi, rbd, scaleIO, storageos].map((source) => source?.secretRef);
  const secrets = [
    azureFile && { name: azureFile.secretName, namespace: azureFile.secretNamespace ?? undefined },
    ...named,
    nodePublishSecretRef,
    nodeStageSecretRef,
    nodeExpandSecretRef,
  ].flatMap((secret) => (secret?.name ? [`secrets/${secret.namespace ?? claim.namespace}/${secret.name}`] : []));
  return [
    [`persistentvolumeclaims/${claim.namespace}/${claim.name}`, [`persistentvolumes//${metadata.name}`, ...secrets]],
  ];
}

const NODE_NAME = 'spec.nodeName';

/** The pods that are bound to a node. */
function podsOf(pods: ResourceCache, node: string): readonly CacheEntry[] {
  if (node === '') return [];
  const fields = [{ field: NODE_NAME, value: node, equal: true }];
  const candidates = pods.candidates({ namespace: undefined, fields }).flat();
  return candidates.filter((entry) => nodeOf(entry) === node);
}

function nodeOf(entry: CacheEntry): string {
  return entry.fields[NODE_NAME] ?? '';
}

/** Keys `resource/namespace/name` of the pod itself and of everything that it names. */
export function referencesOf({ metadata, spec, status }: Pod): readonly string[] {
  const found: string[] = [`pods/${metadata.namespace}/${metadata.name}`];
  if (metadata.annotations?.[MIRROR] !== undefined) return found;
  const add = (resource: string, name: string | undefined) => {
    if (name !== undefined && name !== '') found.push(`${resource}/${metadata.namespace}/${name}`);
  };
  add('serviceaccounts', spec.serviceAccountName);
  for (const { resourceClaimName } of [...(spec.resourceClaims ?? []), ...(status?.resourceClaimStatuses ?? [])])
    add('resourceclaims', resourceClaimName);
  add('resourceclaims', status?.extendedResourceClaimStatus?.resourceClaimName);
  for (const { name } of spec.imagePullSecrets ?? []) add('secrets', name);
  for (const container of [...spec.containers, ...(spec.initContainers ?? []), ...(spec.ephemeralContainers ?? [])]) {
    for (const { configMapRef, secretRef } of container.envFrom ?? []) {
      add('configmaps', configMapRef?.name);
      add('secrets', secretRef?.name);
    }
    for (const { valueFrom } of container.env ?? []) {
      add('configmaps', valueFrom?.configMapKeyRef?.name);
      add('secrets', valueFrom?.secretKeyRef?.name);
    }
  }
  for (const volume of spec.volumes ?? []) {
    add('configmaps', volume.configMap?.name);
    add('secrets', volume.secret?.secretName);
    add('persistentvolumeclaims', volume.persistentVolumeClaim?.claimName);
    if (volume.ephemeral !== undefined) add('persistentvolumeclaims', `${metadata.name}-${volume.name}`);
    for (const source of volume.projected?.sources ?? []) {
      add('configmaps', source.configMap?.name);
      add('secrets', source.secret?.name);
    }
    for (const reference of secretReferencesOf(volume)) add('secrets', reference?.name);
  }
  return found;
}

function secretReferencesOf(volume: Volume) {
  const { csi, rbd, cephfs, iscsi, flexVolume, storageos, scaleIO } = volume;
  const others = [rbd, cephfs, iscsi, flexVolume, storageos, scaleIO].map((source) => source?.secretRef);
  return [csi?.nodePublishSecretRef, ...others];
}
