import type { Client } from '@steersman/client';
import { type SimulatedNodes, simulatedKubeletHandler, startSimulatedNodes } from '@steersman/kubelet';
import type { Effects } from '@steersman/machinery';
import type { HttpHandler } from '@steersman/server';

export interface AdderOptions {
  readonly client: Client;
  readonly effects: Effects;
  readonly signal: AbortSignal;
  /** By the node's name; gets what answers for each node that is added. */
  readonly kubelets: Map<string, HttpHandler>;
}

/** Adds simulated nodes named `<prefix>-<firstIndex>` and up; resolves when they are registered. */
export type AddSimulatedNodes = (count: number, firstIndex: number) => Promise<SimulatedNodes>;

export function simulatedNodesAdder({ client, effects, signal, kubelets }: AdderOptions): AddSimulatedNodes {
  return async (count, firstIndex) => {
    const nodes = await startSimulatedNodes({ client, effects, signal, count, firstIndex });
    for (const kubelet of nodes.kubelets) kubelets.set(kubelet.name, simulatedKubeletHandler(kubelet, effects));
    return nodes;
  };
}
