import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { type Database, type Key, open, type RootDatabase } from 'lmdb';
import { StorageError } from '../../error.ts';
import type { Environment, Snapshot, Write } from '../environment.ts';
import { decodeHeader, decodeLogRecord, type Header, type LogRecord, valueStartOf } from '../records.ts';

/** Address space set aside for the file, which itself grows as needed; the library enlarges it beyond that. */
const MAP_BYTES = 16 * 1024 ** 3;

const DATA_FILE = 'data.mdb';

/** Writes bytes as they are, and reads them through `decode`, which must not keep the buffer. */
function bytesAs<T>(decode: (bytes: Buffer) => T) {
  return { encoder: { encode: (bytes: Uint8Array) => bytes, decode } };
}

interface Tables {
  readonly log: Database<LogRecord, number>;
  readonly keys: Database<Header, string>;
  readonly tombstones: Database<number, string>;
  readonly expiries: Database<string, number[]>;
  /** Absent where a store from before there were leases is opened to be read. */
  readonly leases?: Database<number, string>;
  readonly meta: Database<number, string>;
}

function openTables(root: RootDatabase): Tables {
  // The library's types know no typed encoder objects; the tables' own types above say what comes out.
  const table = (name: string, options: object) => root.openDB(name, options) as unknown;
  return {
    log: table('log', bytesAs(decodeLogRecord)) as Tables['log'],
    keys: readingFast(table('keys', bytesAs(decodeHeader))) as Tables['keys'],
    tombstones: table('tombstones', { encoding: 'json' }) as Tables['tombstones'],
    expiries: table('expiries', { encoding: 'json' }) as Tables['expiries'],
    leases: table('leases', { encoding: 'json' }) as NonNullable<Tables['leases']>,
    meta: table('meta', { encoding: 'json' }) as Tables['meta'],
  };
}

/** What the library's types leave out: how a table reads a key out of the buffer that all share. */
interface KeyReading {
  readKey: (buffer: Buffer, start: number, end: number) => unknown;
}

const FIRST_PLAIN = 0x20;
const FIRST_NOT_ASCII = 0x80;

/** Keys of plain ASCII, as nearly all are, are made at once; the library puts them together letter by letter. */
function readingFast(table: unknown): unknown {
  const reading = table as KeyReading;
  const { readKey } = reading;
  reading.readKey = (buffer, start, end) => {
    for (let at = start; at < end; at++) {
      const byte = buffer[at]!;
      if (byte < FIRST_PLAIN || byte >= FIRST_NOT_ASCII) return readKey(buffer, start, end);
    }
    return start === end ? readKey(buffer, start, end) : buffer.toString('latin1', start, end);
  };
  return table;
}

/** LMDB's mark, and where its first page has it. The library does not look before it uses what it finds. */
const MAGIC = 0xbeefc0de;
const MAGIC_OFFSET = 24;

function checkIsDatabase(file: string): void {
  if (!existsSync(file)) return;
  const head = Buffer.alloc(MAGIC_OFFSET + 4);
  const descriptor = openSync(file, 'r');
  const bytes = readSync(descriptor, head);
  closeSync(descriptor);
  if (bytes > 0 && head.readUInt32LE(MAGIC_OFFSET) !== MAGIC)
    throw new StorageError('corrupt', `${file} is not a store: restore it from a backup, or remove it to start empty`);
}

function openRoot(folder: string, readOnly: boolean): { readonly root: RootDatabase; readonly tables: Tables } {
  try {
    const root = open({
      path: folder,
      noSubdir: false,
      readOnly,
      mapSize: MAP_BYTES,
      maxDbs: 8,
      // Otherwise a commit resolves before it is on disk.
      overlappingSync: false,
      // The engine makes its own batches, one at a time; the library need not wait for more.
      eventTurnBatching: false,
    });
    return { root, tables: openTables(root) };
  } catch (error) {
    throw new StorageError('corrupt', `cannot open the store in ${folder}: ${String(error)}`, { cause: error });
  }
}

/**
 * Opens or makes the database in `folder`; with `readOnly` another process may have it open. Throws StorageError
 * 'corrupt' for a file that is not one.
 */
export function openLmdbEnvironment(folder: string, { readOnly = false } = {}): Environment {
  checkIsDatabase(join(folder, DATA_FILE));
  let { root, tables } = openRoot(folder, readOnly);
  let snapshots = 0;
  let written = false;
  return {
    header: (key) => tables.keys.get(key),
    tombstone: (key) => tables.tombstones.get(key),
    log: (position) => tables.log.get(position),
    passingValue: (position) => passingValue(tables, position),
    meta: (name) => tables.meta.get(name),
    leases: () => [...(tables.leases?.getRange({}) ?? [])],
    lastPosition: () => [...tables.log.getKeys({ reverse: true, limit: 1 })][0] ?? 0,
    dueExpiries: (nowMs, limit) =>
      [...tables.expiries.getRange({ end: [nowMs + 1], limit })].map(({ key, value }) => ({
        key: [key[0] ?? 0, key[1] ?? 0],
        value,
      })),
    nextExpiryMs: () => [...tables.expiries.getKeys({ limit: 1 })][0]?.[0],
    snapshot() {
      snapshots += 1;
      const { release, ...snapshot } = takeSnapshot(root, tables);
      return {
        ...snapshot,
        release() {
          snapshots -= 1;
          release();
        },
      };
    },
    async commit(writes) {
      written = true;
      try {
        await root.batch(() => {
          for (const write of writes) apply(tables, write);
        });
      } catch (error) {
        throw await told(await causeOf(error), folder);
      } finally {
        root.resetReadTxn();
      }
    },
    copyTo: (target) => root.backup(target, true),
    size: async () => (await stat(join(folder, DATA_FILE))).size,
    forgetReads() {
      // The library closes at once only while nothing is under way and nothing was written.
      if (snapshots > 0 || written) return;
      void root.close();
      ({ root, tables } = openRoot(folder, readOnly));
    },
    close: () => root.close(),
  };
}

/** The library tells why in a promise of its own, which, left alone, would end the process as an unhandled rejection. */
async function causeOf(error: unknown): Promise<unknown> {
  const { commitError } = error as { readonly commitError?: Promise<unknown> };
  return commitError === undefined ? error : commitError.then(() => error).catch((cause: unknown) => cause);
}

/** What the system calls a failed read or write. */
const EIO = 5;
/** A disk with less is full to LMDB, which writes many pages at a time. */
const SPACE_BYTES_MIN = 1024 * 1024;

/** LMDB calls a write that found room for a part of it an I/O error; people have to know that the disk is full. */
async function told(cause: unknown, folder: string): Promise<unknown> {
  if ((cause as { readonly code?: unknown }).code !== EIO) return cause;
  const space = await statfs(folder).catch(() => undefined);
  if (space === undefined || space.bavail * space.bsize >= SPACE_BYTES_MIN) return cause;
  return new StorageError('unavailable', 'No space left on device', { cause });
}

/** Queues one change for the batch under way; its outcome is the batch's. */
function apply(tables: Tables, write: Write): void {
  const table = tables[write.table] as Database<unknown, Key>;
  void (write.value === undefined ? table.remove(write.key as Key) : table.put(write.key as Key, write.value));
}

/** What the library's types leave out: it reads within a transaction here too. */
interface PassingReads {
  getBinaryFast(key: number, options?: { readonly transaction: object }): Buffer | undefined;
}

function passingValue(
  { log }: Tables,
  position: number,
  options?: { readonly transaction: object },
): Uint8Array | undefined {
  const bytes = (log as unknown as PassingReads).getBinaryFast(position, options);
  if (bytes === undefined) return undefined;
  const start = valueStartOf(bytes);
  // The library says in `length` how much of its buffer the record is.
  return new Uint8Array(bytes.buffer, bytes.byteOffset + start, bytes.length - start);
}

function takeSnapshot(root: RootDatabase, tables: Tables): Snapshot {
  const transaction = root.useReadTransaction();
  const options = { transaction };
  return {
    log: (position) => tables.log.get(position, { transaction }),
    passingValue: (position) => passingValue(tables, position, options),
    lastPosition: () => [...tables.log.getKeys({ reverse: true, limit: 1, transaction })][0] ?? 0,
    logFrom: (start) => tables.log.getRange({ start, transaction }),
    keys: (start, end) => tables.keys.getRange({ start, end, transaction }),
    countKeys: (start, end) => tables.keys.getKeysCount({ start, end, transaction }),
    tombstones: (start, end) => tables.tombstones.getRange({ start, end, transaction }),
    release: () => transaction.done(),
  };
}
