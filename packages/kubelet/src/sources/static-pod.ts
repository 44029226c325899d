/** Static pods: pods from files. The API gets a mirror of each, so that it can be seen; deleting the mirror changes nothing. */
import { type Pod, uidOf } from '@steersman/api';
import { fnv1a } from '../pod/hash.ts';
import { podAnnotations } from '../runtime/labels.ts';

export const isMirror = (pod: Pod): boolean => pod.metadata.annotations?.[podAnnotations.mirror] !== undefined;
/** From a file or a mirror of such: nobody scheduled it. */
export const isMirrored = (pod: Pod): boolean => isMirror(pod) || isStatic(pod);
export const isStatic = (pod: Pod): boolean => {
  const source = pod.metadata.annotations?.[podAnnotations.source];
  return source !== undefined && source !== 'api';
};

/** The pod that a file means on this node: named after it, with a uid that changes when the file's contents do. */
export function staticPod(manifest: Pod, nodeName: string, now: string): Pod {
  const namespace = manifest.metadata.namespace || 'default';
  const name = `${manifest.metadata.name}-${nodeName}`;
  const text = JSON.stringify([manifest.metadata, manifest.spec, nodeName]);
  const uid = manifest.metadata.uid ?? [0, 1, 2, 3].map((part) => fnv1a(`${part}${text}`)).join('');
  return {
    ...manifest,
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...manifest.metadata,
      name,
      namespace,
      uid,
      annotations: {
        ...manifest.metadata.annotations,
        [podAnnotations.hash]: uid,
        [podAnnotations.seen]: now,
        [podAnnotations.source]: 'file',
      },
    },
    spec: {
      ...manifest.spec,
      nodeName,
      enableServiceLinks: manifest.spec.enableServiceLinks ?? true,
      tolerations: [...(manifest.spec.tolerations ?? []), { effect: 'NoExecute', operator: 'Exists' }],
    },
    status: { phase: 'Pending' },
  };
}

/** What the API is given for a static pod. It belongs to the node, so that it goes when the node goes. */
export function mirrorOf(pod: Pod, node: { readonly name: string; readonly uid: string }): Pod {
  const { uid: _, resourceVersion: __, ...metadata } = pod.metadata;
  const { status: ___, ...rest } = pod;
  return {
    ...rest,
    metadata: {
      ...metadata,
      annotations: { ...metadata.annotations, [podAnnotations.mirror]: uidOf(pod) },
      ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: node.name, uid: node.uid, controller: true }],
    },
  };
}
/** The uid of the static pod that a mirror stands for. */
export const mirroredUid = (mirror: Pod): string => mirror.metadata.annotations?.[podAnnotations.mirror] ?? '';
