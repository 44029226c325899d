import { ignoreNotFound, type KubeObject, type OwnerReference } from '@steersman/api';
import { type Client, type DiscoveredResource, retryOnConflict } from '@steersman/client';
import type { GraphNode } from './graph.ts';

/** The requests of the collector. All of them are sent for one object with one UID, and none for its successor. */
export interface Actor {
  /** The object as the server has it now; undefined when it is gone or another has its name. */
  fresh(node: GraphNode, signal: AbortSignal): Promise<KubeObject | undefined>;
  /** Whether an owner exists by the server's word, with this UID. */
  ownerExists(
    resource: DiscoveredResource,
    namespace: string | undefined,
    owner: OwnerReference,
    signal: AbortSignal,
  ): Promise<boolean>;
  remove(
    node: GraphNode,
    propagationPolicy: 'Orphan' | 'Foreground' | 'Background',
    resourceVersion: string | undefined,
    signal: AbortSignal,
  ): Promise<void>;
  /** Rewrites owner references; what the function drops is dropped. */
  rewriteOwners(
    node: GraphNode,
    change: (owner: OwnerReference) => OwnerReference | undefined,
    signal: AbortSignal,
  ): Promise<void>;
  dropFinalizer(node: GraphNode, finalizer: string, signal: AbortSignal): Promise<void>;
}

function keyOf({ namespace, name }: Pick<GraphNode, 'namespace' | 'name'>) {
  return namespace === undefined ? { name } : { name, namespace };
}

export function createActor(client: Client): Actor {
  async function fresh(node: GraphNode, signal: AbortSignal): Promise<KubeObject | undefined> {
    const found = await client.metadata(node.resource).find(keyOf(node), { signal });
    return found?.metadata.uid === node.uid ? found : undefined;
  }

  /** Patches metadata as it is now; a version in the patch refuses it when someone else was faster. */
  async function patchMetadata(
    node: GraphNode,
    changeOf: (object: KubeObject) => Record<string, unknown> | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    await retryOnConflict(async () => {
      const object = await fresh(node, signal);
      const change = object === undefined ? undefined : changeOf(object);
      if (object === undefined || change === undefined) return;
      const metadata = { ...change, uid: node.uid, resourceVersion: object.metadata.resourceVersion };
      await client
        .metadata(node.resource)
        .patch(keyOf(node), { type: 'merge', body: { metadata } }, { signal })
        .catch(ignoreNotFound);
    });
  }

  return {
    fresh,
    async ownerExists(resource, namespace, owner, signal) {
      const at = resource.namespaced ? keyOf({ namespace, name: owner.name }) : { name: owner.name };
      const found = await client.metadata(resource).find(at, { signal });
      return found?.metadata.uid === owner.uid;
    },
    async remove(node, propagationPolicy, resourceVersion, signal) {
      const preconditions = { uid: node.uid, ...(resourceVersion === undefined ? {} : { resourceVersion }) };
      await client
        .resource(node.resource)
        .delete(keyOf(node), { propagationPolicy, preconditions, signal })
        .catch(ignoreNotFound);
    },
    rewriteOwners: (node, change, signal) =>
      patchMetadata(
        node,
        ({ metadata }) => {
          const before = metadata.ownerReferences ?? [];
          const after = before.map(change).filter((owner) => owner !== undefined);
          const unchanged = after.length === before.length && after.every((owner, index) => owner === before[index]);
          return unchanged ? undefined : { ownerReferences: after };
        },
        signal,
      ),
    dropFinalizer: (node, finalizer, signal) =>
      patchMetadata(
        node,
        ({ metadata }) => {
          const before = metadata.finalizers ?? [];
          return before.includes(finalizer) ? { finalizers: before.filter((name) => name !== finalizer) } : undefined;
        },
        signal,
      ),
  };
}
