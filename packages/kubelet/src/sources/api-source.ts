/** The API as the source of one kubelet (informers selected by node), or of all simulated ones (informers shared). */
import { type Node, nameOf, type Pod, Resources, type Service, uidOf } from '@steersman/api';
import { type Change, type Client, createInformers, type Informer, type Informers } from '@steersman/client';
import type { Effects } from '@steersman/machinery';
import type { KubeletSources, PodHandlers } from './contract.ts';

/** For one node: watches only its own pods and its own Node object. */
export function nodeSources(client: Client, effects: Effects, nodeName: string, signal: AbortSignal): KubeletSources {
  const informers = createInformers({ client, effects });
  const pods = informers.informer(Resources.pods, { fieldSelector: `spec.nodeName=${nodeName}` });
  const nodes = informers.informer(Resources.nodes, { fieldSelector: `metadata.name=${nodeName}` });
  const services = informers.informer(Resources.services);
  informers.start(signal);
  return {
    subscribe: (handlers) => pods.subscribe((change) => dispatch(change, () => handlers)),
    node: () => nodes.get(nodeName),
    onNode: (handler) => nodes.subscribe((change) => change.kind !== 'deleted' && handler(change.object)),
    services: () => services.list(),
    untilSynced: (until) => informers.untilSynced(until),
  };
}

/** For many nodes of one process: one watch of each resource, handed out by node name. */
export interface SharedSources {
  forNode(name: string): KubeletSources;
}
export function sharedSources(informers: Informers): SharedSources {
  const pods: Informer<Pod> = informers.informer(Resources.pods, {
    indexes: { node: ({ spec }) => (spec.nodeName ? [spec.nodeName] : []) },
  });
  const nodes: Informer<Node> = informers.informer(Resources.nodes);
  const services: Informer<Service> = informers.informer(Resources.services);
  const podHandlers = new Map<string, PodHandlers>();
  const nodeHandlers = new Map<string, (node: Node) => void>();
  pods.subscribe((change) => dispatch(change, (pod) => podHandlers.get(pod.spec.nodeName ?? '')));
  nodes.subscribe((change) => change.kind !== 'deleted' && nodeHandlers.get(nameOf(change.object))?.(change.object));
  return {
    forNode: (name) => ({
      subscribe(handlers) {
        podHandlers.set(name, handlers);
        for (const pod of pods.byIndex('node', name)) handlers.onPod(pod);
        return () => void podHandlers.delete(name);
      },
      node: () => nodes.get(name),
      onNode(handler) {
        nodeHandlers.set(name, handler);
        const known = nodes.get(name);
        if (known !== undefined) handler(known);
        return () => void nodeHandlers.delete(name);
      },
      services: () => services.list(),
      untilSynced: (signal) => informers.untilSynced(signal),
    }),
  };
}

/** A pod replaced by another of its name between two looks is one change here, and two pods. */
function dispatch(change: Change<Pod>, handlersOf: (pod: Pod) => PodHandlers | undefined): void {
  if (change.kind === 'deleted') return handlersOf(change.last)?.onGone(change.last);
  if (change.kind === 'updated' && uidOf(change.previous) !== uidOf(change.object))
    handlersOf(change.previous)?.onGone(change.previous);
  handlersOf(change.object)?.onPod(change.object);
}
