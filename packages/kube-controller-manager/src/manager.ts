import {
  type Client,
  createEventRecorder,
  createInformers,
  type EventRecorder,
  type Informers,
} from '@steersman/client';
import type { Effects } from '@steersman/machinery';
import { type ControllerManagerConfig, defaultConfig } from './config.ts';
import type { Controller, ControllerContext } from './controller/contract.ts';
import { allControllers } from './controllers.ts';

export interface ControllerManagerOptions {
  /** Reads everything that informers follow, and does all else too where `clientFor` is absent. */
  readonly client: Client;
  /**
   * The client of a controller's service account in kube-system: with it each controller may do what its own role says
   * and no more. Without it `client` needs the roles of all of them.
   */
  readonly clientFor?: (account: string) => Client;
  readonly effects: Effects;
  /** Ends every controller; `startControllerManager` resolves when all have ended. */
  readonly signal: AbortSignal;
  /** Shared with others in the process, if there are others; made from the client when absent. */
  readonly informers?: Informers;
  /** What differs from upstream's defaults. */
  readonly config?: Partial<ControllerManagerConfig>;
}

/** The controllers that `--controllers` selects: `*` is all, a name adds one, a name after a minus takes one away. */
export function selectControllers(selection: readonly string[], all: readonly Controller[]): readonly Controller[] {
  const named = ({ name, alias }: Controller, prefix: string) =>
    selection.includes(prefix + name) || selection.includes(prefix + alias);
  return all.filter((controller) => {
    if (named(controller, '-')) return false;
    return named(controller, '') || selection.includes('*');
  });
}

/** Of those, the ones whose features are on. */
function enabledControllers({ controllers, featureGates }: ControllerManagerConfig): readonly Controller[] {
  return selectControllers(controllers, allControllers).filter(({ gates = [] }) => gates.every(featureGates.enabled));
}

/** Runs the selected controllers until the signal aborts. Rejects when one of them fails for good. */
export async function startControllerManager(options: ControllerManagerOptions): Promise<void> {
  const { client, effects, signal } = options;
  const config = { ...defaultConfig, ...options.config };
  const clients = new Map<string, Client>();
  const clientOf = (account: string): Client => {
    const known = clients.get(account) ?? options.clientFor?.(account) ?? client;
    clients.set(account, known);
    return known;
  };
  const informers = options.informers ?? createInformers({ client, effects });
  const selected = enabledControllers(config);
  effects.log.info('Starting controllers', { controllers: selected.map(({ name }) => name) });
  await Promise.all(
    selected.map((controller) => {
      const own = clientOf(controller.account);
      const recorders = new Map<string, EventRecorder>();
      const events = (component: string): EventRecorder => {
        const known = recorders.get(component) ?? createEventRecorder({ client: own, effects, component, signal });
        recorders.set(component, known);
        return known;
      };
      const context: ControllerContext = {
        client: own,
        informers,
        effects: { ...effects, log: effects.log.child({ controller: controller.name }) },
        config,
        events,
      };
      return controller.run(context, signal);
    }),
  );
}
