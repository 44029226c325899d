import type { Lease, Node, Pod } from '@steersman/api';
import type { AdmissionPlugin, AdmissionRequest } from './contract.ts';
import { forbidden, nameOf } from './request.ts';

const MIRROR_ANNOTATION = 'kubernetes.io/config.mirror';
const PREFIX = 'system:node:';

/** A kubelet changes its own node, the pods bound to it and its own lease, and nothing else. */
export const nodeRestriction: AdmissionPlugin = {
  name: 'NodeRestriction',
  handles: ({ user }) => user.name.startsWith(PREFIX) && user.groups.includes('system:nodes'),
  async validate(request) {
    const node = request.user.name.slice(PREFIX.length);
    switch (request.resource.plural) {
      case 'nodes':
        return checkNode(request, node);
      case 'pods':
        return checkPod(request, node);
      case 'leases':
        return checkLease(request, node);
      default:
    }
  },
};

function checkNode(request: AdmissionRequest, node: string): void {
  const name = nameOf(request);
  if (name !== node)
    throw forbidden(request, `node ${JSON.stringify(node)} is not allowed to modify node ${JSON.stringify(name)}`);
  if (request.operation !== 'update' || request.subresource !== '') return;
  const now = request.object as Node;
  const before = request.oldObject as Node | undefined;
  if (JSON.stringify(now.spec.taints ?? []) !== JSON.stringify(before?.spec.taints ?? []))
    throw forbidden(request, `node ${JSON.stringify(node)} is not allowed to modify taints`);
}

function checkPod(request: AdmissionRequest, node: string): void {
  const quoted = JSON.stringify(node);
  if (request.operation === 'create' && request.subresource === '') {
    const pod = request.object as Pod;
    if (pod.metadata.annotations?.[MIRROR_ANNOTATION] === undefined) {
      throw forbidden(
        request,
        `pod does not have ${JSON.stringify(MIRROR_ANNOTATION)} annotation, node ${quoted} can only create mirror pods`,
      );
    }
    if (pod.spec.nodeName !== node)
      throw forbidden(request, `node ${quoted} can only create pods with spec.nodeName set to itself`);
    return;
  }
  const old = request.oldObject as Pod | undefined;
  if (old === undefined || old.spec.nodeName === node) return;
  if (request.operation === 'delete')
    throw forbidden(request, `node ${quoted} can only delete pods with spec.nodeName set to itself`);
  if (request.subresource === 'status')
    throw forbidden(request, `node ${quoted} can only update pod status for pods with spec.nodeName set to itself`);
}

function checkLease(request: AdmissionRequest, node: string): void {
  const lease = (request.object ?? request.oldObject) as Lease;
  const namespace = lease.metadata.namespace ?? request.namespace;
  if (namespace !== 'kube-node-lease')
    throw forbidden(request, `can only access leases in the "kube-node-lease" system namespace`);
  if (nameOf(request) !== node)
    throw forbidden(request, 'can only access node lease with the same name as the requesting node');
}
