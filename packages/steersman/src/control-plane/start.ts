/**
 * API server, controllers and scheduler in one process. Controllers and scheduler talk to the API server without a
 * network, but as themselves: every request passes authorization and all other stages.
 */
import { createClient, fencedTransport } from '@steersman/client';
import { type ApiServer, createApiServer, type ServerConfig, streamHandlersWith } from '@steersman/kube-apiserver';
import { type ControllerManagerConfig, startControllerManager } from '@steersman/kube-controller-manager';
import { startScheduler } from '@steersman/kube-scheduler';
import type { Effects } from '@steersman/machinery';
import type { HttpHandler } from '@steersman/server';
import type { Storage } from '@steersman/storage';
import { type AddSimulatedNodes, simulatedNodesAdder } from './add-simulated-nodes.ts';
import { keepHistoryShort } from './history.ts';
import { workInTerms } from './terms.ts';

export interface ControlPlaneOptions {
  readonly storage: Storage;
  readonly effects: Effects;
  /** Ends controllers, scheduler and simulated nodes. */
  readonly signal: AbortSignal;
  readonly server: Partial<ServerConfig>;
  /** PEM of the key that signs service account tokens; a fresh one when absent. */
  readonly signingKey?: string;
  readonly controllers?: Partial<ControllerManagerConfig>;
  /** One of several control planes on one store: controllers and scheduler work in the one that is elected. */
  readonly shared?: SharedOptions;
  /** Called when a part fails for good. */
  readonly onFatal: (error: unknown) => void;
}

export interface SharedOptions {
  /** Unique among them. */
  readonly name: string;
  /** Where the kubelets of simulated nodes answer. */
  readonly simulatedKubelets?: string | undefined;
  /** Work besides the controllers' that one control plane has to do. */
  readonly whileLeading?: ((server: ApiServer, leading: AbortSignal) => Promise<void>) | undefined;
}

export interface ControlPlane {
  readonly server: ApiServer;
  readonly addSimulatedNodes: AddSimulatedNodes;
  /** Resolves when everything has ended; abort the signal first. The store stays open. */
  close(): Promise<void>;
}

const CONTROLLER_MANAGER = { name: 'system:kube-controller-manager', groups: [] };
const SCHEDULER = { name: 'system:kube-scheduler', groups: [] };
const SIMULATED_NODES = { name: 'system:node:simulated', groups: ['system:nodes', 'system:masters'] };

/** Starts everything; resolves when the API server answers in this process. */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { storage, effects, signal, onFatal, shared } = options;
  // Simulated nodes have made-up addresses: their kubelets are called in this process, and nothing is ever dialled.
  const kubelets = new Map<string, HttpHandler>();
  const server = await createApiServer({
    storage,
    streamHandlers: streamHandlersWith((node) => kubelets.get(node), shared?.simulatedKubelets),
    storageIsEmbedded: shared === undefined,
    effects: component(effects, 'kube-apiserver'),
    config: options.server,
    onFatal,
    ...(options.signingKey === undefined ? {} : { serviceAccountSigningKey: options.signingKey }),
  });
  // Controllers and scheduler may do nothing until the bootstrap roles are written.
  await server.ready;
  const duties = dutiesOf(options, server);
  const parts =
    shared === undefined
      ? [...duties.map(({ work }) => work(signal, () => true)), keepHistoryShort(storage, effects, signal)]
      : duties.map(({ client, name, work }) =>
          workInTerms({ client, lease: name, candidate: shared.name, effects: component(effects, name), work, signal }),
        );
  for (const part of parts) part.catch((error: unknown) => signal.aborted || onFatal(error));
  return {
    server,
    addSimulatedNodes: simulatedNodesAdder({
      client: server.clientFor(SIMULATED_NODES),
      effects: component(effects, 'kubelet'),
      signal,
      kubelets,
    }),
    async close() {
      await Promise.allSettled(parts);
      await server.close();
    },
  };
}

/** What runs once per cluster. */
function dutiesOf({ effects, controllers, shared }: ControlPlaneOptions, server: ApiServer) {
  // Writes are sent only while nobody else can lead.
  const clientFor = (user: Parameters<ApiServer['transportFor']>[0], mayAct: () => boolean) =>
    createClient(fencedTransport(server.transportFor(user), mayAct), { clock: effects.clock });
  const manage = (signal: AbortSignal, mayAct: () => boolean) =>
    startControllerManager({
      client: clientFor(CONTROLLER_MANAGER, mayAct),
      clientFor: (account) => clientFor(serviceAccount(account), mayAct),
      effects: component(effects, 'kube-controller-manager'),
      signal,
      ...(controllers === undefined ? {} : { config: controllers }),
    });
  const schedule = (signal: AbortSignal, mayAct: () => boolean) =>
    startScheduler({ client: clientFor(SCHEDULER, mayAct), effects: component(effects, 'kube-scheduler'), signal });
  return [
    {
      name: 'kube-controller-manager',
      client: server.clientFor(CONTROLLER_MANAGER),
      work: async (signal: AbortSignal, mayAct: () => boolean) =>
        void (await Promise.all([manage(signal, mayAct), shared?.whileLeading?.(server, signal)])),
    },
    { name: 'kube-scheduler', client: server.clientFor(SCHEDULER), work: schedule },
  ];
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
