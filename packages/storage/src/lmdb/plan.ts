import type { KeyValue, StorageEvent } from '../contract.ts';
import type { DecidedOperation } from '../embedded.ts';
import type { Write } from './environment.ts';
import { encodeHeader, encodeLogRecord, type Header } from './records.ts';

/** What a key is at the moment a transaction is planned, writes under way included. */
export interface KeyState {
  /** Where its newest version is, a deletion included; 0: it never existed, or that is forgotten. */
  readonly position: number;
  /** Absent when the key does not exist. */
  readonly live?: { readonly header: Header; readonly item: KeyValue };
}

export interface PlannedOperation {
  readonly key: string;
  readonly after: KeyState;
  readonly event: StorageEvent;
  readonly writes: readonly Write[];
}

const NO_BYTES = new Uint8Array(0);

/** What one operation does at `revision`, recorded at `position`; undefined when it does nothing: deleting what does not exist. */
export function planOperation(
  operation: DecidedOperation,
  before: KeyState,
  revision: number,
  position: number,
  nowMs: number,
): PlannedOperation | undefined {
  if (operation.kind === 'put') return planPut(operation, before, revision, position, nowMs);
  return before.live === undefined ? undefined : planDelete(operation.key, before, before.live, revision, position);
}

function planPut(
  operation: Extract<DecidedOperation, { kind: 'put' }>,
  before: KeyState,
  revision: number,
  position: number,
  nowMs: number,
): PlannedOperation {
  const { key, value, lease } = operation;
  const leased = lease === undefined ? undefined : { lease };
  const previous = before.live?.item;
  const header: Header = {
    position,
    createRevision: previous?.createRevision ?? revision,
    version: (previous?.version ?? 0) + 1,
    expiresAtMs: operation.ttlSeconds === undefined ? 0 : nowMs + operation.ttlSeconds * 1000,
    ...leased,
  };
  const { createRevision, version, expiresAtMs } = header;
  const head = { kind: 'put', key, createRevision, version, previous: before.position, expiresAtMs, value } as const;
  const record = leased === undefined ? head : { ...head, ...leased };
  const writes: Write[] = [
    { table: 'log', key: position, value: encodeLogRecord(record) },
    { table: 'keys', key, value: encodeHeader(header) },
  ];
  if (before.live === undefined && before.position !== 0) writes.push({ table: 'tombstones', key });
  forgetExpiry(writes, before.live?.header);
  if (expiresAtMs !== 0) writes.push({ table: 'expiries', key: [expiresAtMs, position], value: key });
  const item = { key, value, createRevision, modRevision: revision, version };
  const current: KeyValue = leased === undefined ? item : { ...item, ...leased };
  return {
    key,
    after: { position, live: { header, item: current } },
    event: { kind: 'put', current, previous },
    writes,
  };
}

function planDelete(
  key: string,
  before: KeyState,
  live: NonNullable<KeyState['live']>,
  revision: number,
  position: number,
): PlannedOperation {
  const gone = { kind: 'delete', key, createRevision: 0, version: 0, expiresAtMs: 0, value: NO_BYTES } as const;
  const writes: Write[] = [
    { table: 'log', key: position, value: encodeLogRecord({ ...gone, previous: before.position }) },
    { table: 'keys', key },
    { table: 'tombstones', key, value: position },
  ];
  forgetExpiry(writes, live.header);
  const previous = { ...live.item }; // Read now: afterwards it can be compacted.
  return { key, after: { position }, event: { kind: 'delete', key, revision, previous }, writes };
}

function forgetExpiry(writes: Write[], header: Header | undefined): void {
  if (header !== undefined && header.expiresAtMs !== 0)
    writes.push({ table: 'expiries', key: [header.expiresAtMs, header.position] });
}
