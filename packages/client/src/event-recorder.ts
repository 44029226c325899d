import { ApiError, type Event, formatTime, isNotFound, type KubeObject, nameOf, Resources } from '@steersman/api';
import type { Effects } from '@steersman/machinery';
import type { Client, EventRecorder, ResourceClient } from './contract.ts';
import { type Correlated, createEventCorrelator, type EventCorrelator } from './event-correlator.ts';

/** As client-go: what may wait to be written; beyond it events are dropped, for they must never hold up work. */
const WAITING_EVENTS_MAX = 1000;
const WRITE_TRIES_MAX = 12;
const WRITE_RETRY_MS = 10_000;
/** Where events about cluster-scoped objects go. */
const DEFAULT_NAMESPACE = 'default';

export interface EventRecorderOptions {
  readonly client: Client;
  readonly effects: Effects;
  /** `source.component` and `reportingComponent`, such as `replicaset-controller`. */
  readonly component: string;
  /** `source.host`, for what runs on a node. */
  readonly host?: string;
  /** Aborting it drops what waits. */
  readonly signal?: AbortSignal;
}

function eventAbout(
  about: KubeObject,
  type: string,
  reason: string,
  message: string,
  options: EventRecorderOptions,
): Event {
  const { clock, random } = options.effects;
  const { namespace, uid, resourceVersion } = about.metadata;
  const now = clock.now();
  const stamp = BigInt(Math.floor(now)) * 1_000_000n + BigInt(random.integer(1_000_000));
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: {
      name: `${nameOf(about)}.${stamp.toString(16)}`,
      namespace: namespace === undefined || namespace === '' ? DEFAULT_NAMESPACE : namespace,
    },
    involvedObject: {
      ...(about.kind === undefined ? {} : { kind: about.kind }),
      ...(namespace === undefined ? {} : { namespace }),
      name: nameOf(about),
      ...(uid === undefined ? {} : { uid }),
      ...(about.apiVersion === undefined ? {} : { apiVersion: about.apiVersion }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    },
    reason,
    message,
    type,
    source: { component: options.component, ...(options.host === undefined ? {} : { host: options.host }) },
    reportingComponent: options.component,
    reportingInstance: options.host ?? '',
    firstTimestamp: formatTime(now),
    lastTimestamp: formatTime(now),
    count: 1,
  };
}

async function writeOne(
  events: ResourceClient<Event>,
  correlator: EventCorrelator,
  decided: Correlated,
): Promise<void> {
  if (decided.kind === 'drop') return;
  const { event, key } = decided;
  if (decided.kind === 'count') {
    const { count, lastTimestamp, message } = event;
    const at = { name: decided.name, namespace: event.metadata.namespace ?? DEFAULT_NAMESPACE };
    try {
      await events.patch(at, { type: 'strategic', body: { count, lastTimestamp, message } });
      correlator.written(key, event);
      return;
    } catch (error) {
      if (!isNotFound(error)) throw error; // It expired: written anew below, with its count.
    }
  }
  await events.create(event);
  correlator.written(key, event);
}

/** Events of one component, written in order in the background; correlated as client-go does. */
export function createEventRecorder(options: EventRecorderOptions): EventRecorder {
  const { effects, signal } = options;
  const events = options.client.resource(Resources.events);
  const correlator = createEventCorrelator();
  const waiting: Event[] = [];
  let writing = false;

  async function writePatiently(event: Event): Promise<void> {
    const decided = correlator.correlate(event, effects.clock.now());
    for (let attempt = 1; signal?.aborted !== true; attempt += 1) {
      try {
        return await writeOne(events, correlator, decided);
      } catch (error) {
        // What the server refuses (a namespace on its way out, a bad name) it will refuse again.
        if (error instanceof ApiError || attempt >= WRITE_TRIES_MAX)
          return effects.log.debug('Event not written', { reason: event.reason, error: String(error) });
        await effects.clock.sleep(WRITE_RETRY_MS, signal);
      }
    }
  }

  async function drain(): Promise<void> {
    if (writing) return;
    writing = true;
    try {
      for (let event = waiting.shift(); event !== undefined && signal?.aborted !== true; event = waiting.shift())
        await writePatiently(event);
    } catch {
      waiting.length = 0; // Only the signal's abort ends up here.
    } finally {
      writing = false;
    }
  }

  return {
    event(about, type, reason, message) {
      if (waiting.length >= WAITING_EVENTS_MAX || signal?.aborted === true) return;
      waiting.push(eventAbout(about, type, reason, message, options));
      void drain();
    },
  };
}
