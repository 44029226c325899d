/**
 * What every controller is given and what it offers: the one shape behind `--controllers`.
 */
import type { Client, EventRecorder, Informers } from '@steersman/client';
import type { Effects } from '@steersman/machinery';
import type { ControllerManagerConfig } from '../config.ts';

export interface ControllerContext {
  readonly client: Client;
  readonly informers: Informers;
  readonly effects: Effects;
  readonly config: ControllerManagerConfig;
  /** The recorder that writes events in the name of a component, such as `replicaset-controller`. */
  readonly events: (component: string) => EventRecorder;
}

export interface Controller {
  /** Upstream's name, as `--controllers` takes it. */
  readonly name: string;
  /** The short name that releases before v1.27 used, still accepted by `--controllers`. */
  readonly alias: string;
  /** Its service account in kube-system, which upstream's bootstrap roles are bound to. */
  readonly account: string;
  /** Feature gates that all have to be on for it to run. */
  readonly gates?: readonly string[];
  /** Works until the signal aborts; resolves when its last pass has ended. */
  readonly run: (context: ControllerContext, signal: AbortSignal) => Promise<void>;
}
