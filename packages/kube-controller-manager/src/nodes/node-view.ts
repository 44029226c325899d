import { type Node, Resources } from '@steersman/api';
import type { Informer, Informers } from '@steersman/client';
import { trimMetadata } from '../pods/pod-view.ts';

/** The part of a node that controllers decide by: without the images it holds and its resources. Never write it back. */
export function nodeView({ metadata, spec, status }: Node): Node {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: trimMetadata(metadata),
    spec,
    ...(status === undefined
      ? {}
      : {
          status: {
            conditions: status.conditions,
            allocatable: status.allocatable,
            addresses: status.addresses,
            nodeInfo: status.nodeInfo,
          },
        }),
  };
}

/** The one copy of the nodes that all controllers share. */
export function nodeInformer(informers: Informers): Informer<Node> {
  return informers.informer(Resources.nodes, { project: nodeView });
}

export function readyCondition({ status }: Node) {
  return status?.conditions?.find(({ type }) => type === 'Ready');
}
