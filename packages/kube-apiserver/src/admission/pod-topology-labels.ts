import { type Binding, type Draft, type KubeObject, type Pod, Resources } from '@steersman/api';
import type { AdmissionPlugin, AdmissionRequest } from './contract.ts';
import { find } from './request.ts';

const TOPOLOGY_LABELS = ['topology.kubernetes.io/zone', 'topology.kubernetes.io/region'];

/** Pods learn the zone and region of their node when they are bound to it (KEP-4742). */
export const podTopologyLabels: AdmissionPlugin = {
  name: 'PodTopologyLabels',
  handles: ({ resource, operation, subresource }) =>
    resource.plural === 'pods' &&
    resource.group === '' &&
    operation === 'create' &&
    (subresource === '' || subresource === 'binding'),
  async mutate(request) {
    const nodeName = nodeOf(request);
    if (nodeName === '') return;
    const node = await find(request, Resources.nodes, { name: nodeName });
    const labels = Object.entries(node?.metadata.labels ?? {}).filter(([key]) => TOPOLOGY_LABELS.includes(key));
    if (labels.length === 0) return;
    const { metadata } = request.object as Draft<KubeObject>;
    metadata.labels = { ...Object.fromEntries(labels), ...metadata.labels };
  },
};

function nodeOf({ object, subresource }: AdmissionRequest): string {
  if (subresource === '') return (object as Pod).spec.nodeName ?? '';
  const { target } = object as unknown as Binding;
  return target.kind === 'Node' ? (target.name ?? '') : '';
}
