/** A bounded cache of forwarded responses, kept as bytes, whose times to live count down as they are served. */
import type { Clock } from '@steersman/machinery';

/** Entries kept at most: some megabytes, whatever clients ask for. */
const ENTRIES_MAX = 10_000;
/** Longest and shortest time an answer is kept; upstream's add-on caches 30 s. */
const KEPT_SECONDS_MAX = 30;
/** Negative answers without a SOA are kept this long, so that a broken upstream is not asked at every query. */
const NEGATIVE_SECONDS = 5;
const HEADER_BYTES = 12;
const OPT_TYPE = 41;

interface Entry {
  readonly bytes: Uint8Array;
  /** Where each record's TTL stands. */
  readonly ttlOffsets: readonly number[];
  readonly storedMs: number;
  readonly keptSeconds: number;
}

export class MessageCache {
  readonly #entries = new Map<string, Entry>();
  readonly #clock: Clock;
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A copy with the asker's id and reduced times to live, or undefined. */
  get(key: string, id: number): Uint8Array | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    const ageSeconds = Math.floor((this.#clock.monotonic() - entry.storedMs) / 1000);
    if (ageSeconds >= entry.keptSeconds) {
      this.#entries.delete(key);
      return undefined;
    }
    const copy = Buffer.from(entry.bytes);
    copy.writeUInt16BE(id, 0);
    for (const offset of entry.ttlOffsets)
      copy.writeUInt32BE(Math.max(0, copy.readUInt32BE(offset) - ageSeconds), offset);
    return copy;
  }

  set(key: string, message: Uint8Array): void {
    const bytes = Buffer.from(message);
    const code = (bytes[3] ?? 0) & 15;
    if (code !== 0 && code !== 3) return; // Failures are asked again.
    const ttlOffsets = ttlOffsetsOf(bytes);
    if (ttlOffsets === undefined) return;
    const shortest = Math.min(KEPT_SECONDS_MAX, ...ttlOffsets.map((offset) => bytes.readUInt32BE(offset)));
    const keptSeconds = ttlOffsets.length === 0 ? NEGATIVE_SECONDS : shortest;
    if (keptSeconds <= 0) return;
    if (this.#entries.size >= ENTRIES_MAX) this.#entries.delete(this.#entries.keys().next().value ?? '');
    this.#entries.set(key, { bytes, ttlOffsets, keptSeconds, storedMs: this.#clock.monotonic() });
  }
}

function skipName(bytes: Buffer, at: number): number {
  let offset = at;
  for (;;) {
    const length = bytes[offset];
    if (length === undefined) return -1;
    if (length === 0) return offset + 1;
    if (length >= 0xc0) return offset + 2;
    offset += length + 1;
  }
}

/** Offsets of all TTLs but the OPT record's, which is no TTL; undefined when the message is broken. */
function ttlOffsetsOf(bytes: Buffer): number[] | undefined {
  if (bytes.length < HEADER_BYTES) return undefined;
  let at = HEADER_BYTES;
  for (let left = bytes.readUInt16BE(4); left > 0; left -= 1) {
    at = skipName(bytes, at);
    if (at === -1) return undefined;
    at += 4;
  }
  const offsets: number[] = [];
  for (let left = bytes.readUInt16BE(6) + bytes.readUInt16BE(8) + bytes.readUInt16BE(10); left > 0; left -= 1) {
    at = skipName(bytes, at);
    if (at === -1 || at + 10 > bytes.length) return undefined;
    if (bytes.readUInt16BE(at) !== OPT_TYPE) offsets.push(at + 4);
    at += 10 + bytes.readUInt16BE(at + 8);
  }
  return at <= bytes.length ? offsets : undefined;
}
