/**
 * API server, controllers and scheduler in one process. Controllers and scheduler talk to the API server without a
 * network, but as themselves: every request passes authorization and all other stages.
 */
import { type ApiServer, createApiServer, type ServerConfig, streamHandlersWith } from '@steersman/kube-apiserver';
import { type ControllerManagerConfig, startControllerManager } from '@steersman/kube-controller-manager';
import { startScheduler } from '@steersman/kube-scheduler';
import { type SimulatedNodes, simulatedKubeletHandler, startSimulatedNodes } from '@steersman/kubelet';
import type { Effects } from '@steersman/machinery';
import type { HttpHandler } from '@steersman/server';
import type { Storage } from '@steersman/storage';
import { keepHistoryShort } from './history.ts';

export interface ControlPlaneOptions {
  readonly storage: Storage;
  readonly effects: Effects;
  /** Ends controllers, scheduler and simulated nodes. */
  readonly signal: AbortSignal;
  readonly server: Partial<ServerConfig>;
  /** PEM of the key that signs service account tokens; a fresh one when absent. */
  readonly signingKey?: string;
  readonly controllers?: Partial<ControllerManagerConfig>;
  /** Called when a part fails for good. */
  readonly onFatal: (error: unknown) => void;
}

export interface ControlPlane {
  readonly server: ApiServer;
  /** Adds simulated nodes named `<prefix>-<firstIndex>` and up; resolves when they are registered. */
  addSimulatedNodes(count: number, firstIndex: number): Promise<SimulatedNodes>;
  /** Resolves when everything has ended; abort the signal first. The store stays open. */
  close(): Promise<void>;
}

const CONTROLLER_MANAGER = { name: 'system:kube-controller-manager', groups: [] };
const SCHEDULER = { name: 'system:kube-scheduler', groups: [] };
const SIMULATED_NODES = { name: 'system:node:simulated', groups: ['system:nodes', 'system:masters'] };

/** Starts everything; resolves when the API server answers in this process. */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { storage, effects, signal, onFatal } = options;
  // Simulated nodes have made-up addresses: their kubelets are called in this process, and nothing is ever dialled.
  const kubelets = new Map<string, HttpHandler>();
  const server = await createApiServer({
    storage,
    streamHandlers: streamHandlersWith((node) => kubelets.get(node)),
    effects: component(effects, 'kube-apiserver'),
    config: options.server,
    onFatal,
    ...(options.signingKey === undefined ? {} : { serviceAccountSigningKey: options.signingKey }),
  });
  // Controllers and scheduler may do nothing until the bootstrap roles are written.
  await server.ready;
  const controllers = startControllerManager({
    client: server.clientFor(CONTROLLER_MANAGER),
    clientFor: (account) => server.clientFor(serviceAccount(account)),
    effects: component(effects, 'kube-controller-manager'),
    signal,
    ...(options.controllers === undefined ? {} : { config: options.controllers }),
  });
  const scheduler = startScheduler({
    client: server.clientFor(SCHEDULER),
    effects: component(effects, 'kube-scheduler'),
    signal,
  });
  const history = keepHistoryShort(storage, effects, signal);
  const parts = [controllers, scheduler, history];
  for (const part of parts) part.catch((error: unknown) => signal.aborted || onFatal(error));
  return {
    server,
    async addSimulatedNodes(count, firstIndex) {
      const client = server.clientFor(SIMULATED_NODES);
      const own = component(effects, 'kubelet');
      const nodes = await startSimulatedNodes({ client, effects: own, signal, count, firstIndex });
      for (const kubelet of nodes.kubelets) kubelets.set(kubelet.name, simulatedKubeletHandler(kubelet, own));
      return nodes;
    },
    async close() {
      await Promise.allSettled(parts);
      await server.close();
    },
  };
}

/** Each controller acts as its own service account, with its own role. */
function serviceAccount(name: string) {
  return {
    name: `system:serviceaccount:kube-system:${name}`,
    groups: ['system:serviceaccounts', 'system:serviceaccounts:kube-system'],
  };
}

/** The same effects with log lines that name the component. */
function component(effects: Effects, name: string): Effects {
  return { ...effects, log: effects.log.child({ component: name }) };
}
