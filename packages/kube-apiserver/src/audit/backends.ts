/** Where audit events go. */
import type { Transport } from '@steersman/client';
import type { Clock, Logger } from '@steersman/machinery';
import type { AuditEvent } from './event.ts';
import { batchesOf } from './truncate.ts';

/** Events that wait to be sent, and how many go at once: upstream's numbers. */
const BUFFERED_MAX = 10_000;
const BATCH_MAX = 400;
const BATCH_WAIT_MS_MAX = 30_000;
const ATTEMPTS_MAX = 5;
const FIRST_RETRY_MS = 10_000;

/** One line per event. */
export function eventLine(event: AuditEvent): string {
  return `${JSON.stringify(event)}\n`;
}

/** The old format of one line per event, for people. */
export function legacyLine(event: AuditEvent): string {
  const { stageTimestamp, auditID, stage, verb, requestURI, responseStatus } = event;
  const user = event.user as { readonly username: string };
  const code = (responseStatus as { readonly code?: number } | undefined)?.code ?? '<deferred>';
  const source = event.sourceIPs[0] ?? '';
  return `${stageTimestamp} AUDIT: id=${JSON.stringify(auditID)} stage=${JSON.stringify(stage)} ip=${JSON.stringify(source)} method=${JSON.stringify(verb)} user=${JSON.stringify(user.username)} uri=${JSON.stringify(requestURI)} response=${JSON.stringify(String(code))}\n`;
}

export interface Batching {
  readonly clock: Clock;
  readonly log: Logger;
  readonly send: (events: readonly AuditEvent[]) => Promise<void>;
  /** Bytes of the events that are sent together; no bound when absent. */
  readonly batchBytesMax?: number | undefined;
}

/** Collects events and sends them together, in order. What does not fit the buffer is dropped, and said so once per batch. */
export function batched({ clock, log, send, batchBytesMax }: Batching): {
  readonly sink: (event: AuditEvent) => void;
  /** Sends what is left. */
  readonly flush: () => Promise<void>;
} {
  let waiting: AuditEvent[] = [];
  let dropped = 0;
  let sending: Promise<void> = Promise.resolve();
  let cancel: (() => void) | undefined;
  const flush = (): Promise<void> => {
    cancel?.();
    cancel = undefined;
    if (dropped > 0) log.warn('Audit events were dropped: the backend is too slow', { events: dropped });
    dropped = 0;
    const events = waiting;
    waiting = [];
    for (const batch of batchesOf(events, BATCH_MAX, batchBytesMax)) {
      sending = sending
        .then(() => send(batch))
        .catch((error: unknown) => {
          log.error('Audit events were lost', { events: batch.length, error: String(error) });
        });
    }
    return sending;
  };
  return {
    sink(event) {
      if (waiting.length >= BUFFERED_MAX) {
        dropped += 1;
        return;
      }
      waiting.push(event);
      if (waiting.length >= BATCH_MAX) void flush();
      else cancel ??= clock.schedule(BATCH_WAIT_MS_MAX, () => void flush());
    },
    flush,
  };
}

/** Sends events to a server that takes EventLists of audit.k8s.io/v1; again for a while when it does not answer well. */
export function webhookSender(transport: Transport, clock: Clock): Batching['send'] {
  return async (items) => {
    const body = Buffer.from(JSON.stringify({ kind: 'EventList', apiVersion: 'audit.k8s.io/v1', metadata: {}, items }));
    for (let attempt = 1; ; attempt++) {
      const problem = await post(transport, body);
      if (problem === undefined) return;
      if (attempt >= ATTEMPTS_MAX) throw problem;
      await clock.sleep(FIRST_RETRY_MS * 1.5 ** (attempt - 1));
    }
  };
}

async function post(transport: Transport, body: Uint8Array): Promise<unknown> {
  try {
    const headers = { 'content-type': 'application/json' };
    const response = await transport.request({ method: 'POST', path: '/?timeout=30s', headers, body });
    for await (const _ of response.body);
    return response.status < 300 ? undefined : `the server answered ${response.status}`;
  } catch (error) {
    return error;
  }
}
