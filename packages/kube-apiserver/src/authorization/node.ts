/**
 * What a kubelet may do: the rules of the bootstrap role `system:node`, and of Secrets, ConfigMaps and claims only those
 * that the pods on its own node use (upstream's Node authorizer).
 */
import type { Pod, Volume } from '@steersman/api';
import type { CacheEntry, CacheEvent } from '../cache/entry.ts';
import type { ResourceCache } from '../cache/resource-cache.ts';
import type { Attributes, Decision } from './contract.ts';
import type { RbacAuthorizer } from './rbac.ts';

const NODES = 'system:nodes';
const NODE_USER_PREFIX = 'system:node:';
const NO_OPINION: Decision = { kind: 'no-opinion', reason: '' };
const ALLOW: Decision = { kind: 'allow', reason: '' };
const READS = new Set(['get', 'list', 'watch']);
const BY_REFERENCE = new Set(['secrets', 'configmaps', 'persistentvolumeclaims']);

/** Decides for users in group system:nodes; no opinion on anybody else. */
export function nodeAuthorizer(rbac: RbacAuthorizer, pods: ResourceCache): (attributes: Attributes) => Decision {
  const references = nodeReferences(pods);
  return (attributes) => {
    const { user, resource, verb } = attributes;
    if (!user.groups.includes(NODES) || !user.name.startsWith(NODE_USER_PREFIX)) return NO_OPINION;
    const node = user.name.slice(NODE_USER_PREFIX.length);
    if (resource !== undefined && resource.group === '' && BY_REFERENCE.has(resource.resource) && READS.has(verb)) {
      if (references(node).has(`${resource.resource}/${resource.namespace}/${resource.name}`)) return ALLOW;
      return {
        kind: 'no-opinion',
        reason: `no relationship found between node ${JSON.stringify(node)} and this object`,
      };
    }
    if (resource !== undefined && resource.resource === 'serviceaccounts' && resource.subresource === 'token') {
      if (references(node).has(`serviceaccounts/${resource.namespace}/${resource.name}`)) return ALLOW;
      return {
        kind: 'no-opinion',
        reason: `no relationship found between node ${JSON.stringify(node)} and this object`,
      };
    }
    return rbac.clusterRole('system:node').some((rule) => rule(attributes)) ? ALLOW : NO_OPINION;
  };
}

/** What the pods of each node use, worked out again when a pod of that node changes. */
function nodeReferences(pods: ResourceCache): (node: string) => ReadonlySet<string> {
  const byNode = new Map<string, ReadonlySet<string>>();
  let entries: Map<string, Map<string, CacheEntry>> | undefined;
  const move = ({ kind, entry, previous }: Pick<CacheEvent, 'kind' | 'entry' | 'previous'>) => {
    const [now, before] = [nodeOf(entry), previous === undefined ? '' : nodeOf(previous)];
    for (const node of [now, before]) byNode.delete(node);
    if (entries === undefined) return;
    if (before !== '') entries.get(before)?.delete(entry.key);
    if (now === '' || kind === 'deleted') return;
    const present = entries.get(now);
    if (present === undefined) entries.set(now, new Map([[entry.key, entry]]));
    else present.set(entry.key, entry);
  };
  pods.listeners.add(move);
  return (node) => {
    const known = byNode.get(node);
    if (known !== undefined) return known;
    if (entries === undefined) {
      entries = new Map();
      for (const run of pods.snapshot(undefined))
        for (const entry of run) move({ kind: 'added', entry, previous: undefined });
    }
    const own = [...(entries.get(node)?.values() ?? [])];
    const found = new Set(own.flatMap((entry) => referencesOf(pods.objectOf(entry) as Pod)));
    byNode.set(node, found);
    return found;
  };
}

function nodeOf(entry: CacheEntry): string {
  return entry.fields['spec.nodeName'] ?? '';
}

/** Keys `resource/namespace/name` of everything that a pod names. */
export function referencesOf({ metadata, spec }: Pod): readonly string[] {
  const found: string[] = [];
  const add = (resource: string, name: string | undefined) => {
    if (name !== undefined && name !== '') found.push(`${resource}/${metadata.namespace}/${name}`);
  };
  add('serviceaccounts', spec.serviceAccountName);
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
