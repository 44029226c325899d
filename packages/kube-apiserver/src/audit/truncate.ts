/** Keeps audit events and batches of them below sizes that their backend can take. */
import type { Logger } from '@steersman/machinery';
import type { AuditEvent } from './event.ts';

export interface AuditSizes {
  /** Bytes of one event. */
  readonly eventMax: number;
  /** Bytes of the events that go together. */
  readonly batchMax: number;
}

const TRUNCATED = { 'audit.k8s.io/truncated': 'true' };

export function sizeOf(event: AuditEvent): number {
  return Buffer.byteLength(JSON.stringify(event));
}

/** The event, without the objects when it is too large with them; undefined when that does not help either. */
export function truncated(event: AuditEvent, { eventMax }: AuditSizes): AuditEvent | undefined {
  if (sizeOf(event) <= eventMax) return event;
  if (event.level !== 'Request' && event.level !== 'RequestResponse') return undefined;
  const { requestObject: _request, responseObject: _response, ...rest } = event;
  const smaller: AuditEvent = { ...rest, annotations: { ...event.annotations, ...TRUNCATED } };
  return sizeOf(smaller) <= eventMax ? smaller : undefined;
}

/** A sink that passes on events that are small enough. What cannot be made so is lost, and said so. */
export function truncatingSink(
  sink: (event: AuditEvent) => void,
  sizes: AuditSizes,
  log: Logger,
): (event: AuditEvent) => void {
  return (event) => {
    const small = truncated(event, sizes);
    if (small !== undefined) return sink(small);
    log.error('Audit events were lost', { events: 1, error: 'event is too large even after truncating' });
  };
}

/** The events in lists of at most so many, which are at most so large together. */
export function batchesOf(
  events: readonly AuditEvent[],
  countMax: number,
  bytesMax: number | undefined,
): readonly (readonly AuditEvent[])[] {
  const batches: AuditEvent[][] = [];
  let bytes = 0;
  for (const event of events) {
    const size = bytesMax === undefined ? 0 : sizeOf(event);
    const last = batches.at(-1);
    if (last === undefined || last.length >= countMax || bytes + size > (bytesMax ?? bytes)) {
      batches.push([event]);
      bytes = size;
    } else {
      last.push(event);
      bytes += size;
    }
  }
  return batches;
}
