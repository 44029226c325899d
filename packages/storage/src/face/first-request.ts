/**
 * How a connection begins. Clients of etcd up to 3.4 (and etcdctl's `endpoint status`, `defrag` and such) send `http://host:port` as the
 * authority of a request. etcd takes it; Node's HTTP/2 resets the request, and has no way to be told not to. So what comes
 * up to the first request is looked at here, and its authority made harmless: later ones refer to the first (RFC 7541, 6.2.1).
 */
import { huffmanDecoded } from '../grpc/huffman.ts';

const PREFACE_BYTES = 24;
const FRAME_HEAD_BYTES = 9;
const HEADERS = 1;
const PRIORITY = 2;
const SETTINGS = 4;
const WINDOW_UPDATE = 8;
const ACK = 1;
const END_HEADERS = 4;
const PADDED = 8;
const HAS_PRIORITY = 0x20;
const PRIORITY_BYTES = 5;
/** Of HPACK's static table. */
const AUTHORITY = 1;
const NOT_OF_AUTHORITY = /[^A-Za-z0-9.:_[\]-]/g;

/** What the server says first: clients wait for it before they ask for anything. It changes no setting. */
export const EMPTY_SETTINGS = Buffer.from([0, 0, 0, SETTINGS, 0, 0, 0, 0, 0]);

/**
 * What of `bytes` a server is to see that did not send EMPTY_SETTINGS itself; undefined while the answer to those or the first
 * request is still to come.
 */
export function beginningOf(bytes: Buffer): Buffer | undefined {
  const parts = [bytes.subarray(0, PREFACE_BYTES)];
  let acknowledged = false;
  let asked = false;
  let at = PREFACE_BYTES;
  while (!(acknowledged && asked)) {
    const end = at + FRAME_HEAD_BYTES + (bytes.length >= at + 3 ? bytes.readUIntBE(at, 3) : 0);
    if (bytes.length < at + FRAME_HEAD_BYTES || bytes.length < end) return undefined;
    const frame = bytes.subarray(at, end);
    const [type, flags] = [frame[3]!, frame[4]!];
    at = end;
    if (type === SETTINGS && (flags & ACK) !== 0) acknowledged = true;
    else parts.push(type === HEADERS && !asked ? withHarmlessAuthority(frame) : frame);
    if (type !== SETTINGS && type !== PRIORITY && type !== WINDOW_UPDATE) asked = true;
  }
  return Buffer.concat([...parts, bytes.subarray(at)]);
}

/** The frame, with an authority of the same length: both ends keep what was sent in tables of equal size. */
function withHarmlessAuthority(frame: Buffer): Buffer {
  const flags = frame[4]!;
  if ((flags & PADDED) !== 0 || (flags & END_HEADERS) === 0) return frame;
  const found = authorityIn(frame, FRAME_HEAD_BYTES + ((flags & HAS_PRIORITY) !== 0 ? PRIORITY_BYTES : 0));
  const harmless = found?.text?.replace(NOT_OF_AUTHORITY, '-');
  if (found === undefined || harmless === undefined || harmless === found.text || harmless.length > 126) return frame;
  const rest = [Buffer.of(harmless.length), Buffer.from(harmless), frame.subarray(found.end)];
  const changed = Buffer.concat([frame.subarray(0, found.start), ...rest]);
  changed.writeUIntBE(changed.length - FRAME_HEAD_BYTES, 0, 3);
  return changed;
}

interface Text {
  /** Where it lies, with its length. */
  readonly start: number;
  readonly end: number;
  readonly text: string | undefined;
}

/** Walks over the fields of a header block (RFC 7541, 6) to the value of the authority. */
function authorityIn(block: Buffer, from: number): Text | undefined {
  for (let at = from; at < block.length; ) {
    const first = block[at]!;
    const prefix = first >= 0x80 ? 7 : first >= 0x40 ? 6 : first >= 0x20 ? 5 : 4;
    const index = integerAt(block, at, prefix);
    at = index.end;
    if (prefix === 7 || prefix === 5) continue; // A field of a table, or the size of one: nothing follows.
    if (index.value === 0) at = textAt(block, at).end;
    const value = textAt(block, at);
    if (index.value === AUTHORITY) return value;
    at = value.end;
  }
  return undefined;
}

/** RFC 7541, 5.1. */
function integerAt(block: Buffer, at: number, prefixBits: number): { readonly value: number; readonly end: number } {
  const most = 2 ** prefixBits - 1;
  let value = (block[at] ?? 0) & most;
  let end = at + 1;
  if (value < most) return { value, end };
  for (let factor = 1; end < block.length; factor *= 128) {
    const byte = block[end]!;
    end += 1;
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) break;
  }
  return { value, end };
}

/** RFC 7541, 5.2. */
function textAt(block: Buffer, start: number): Text {
  const length = integerAt(block, start, 7);
  const end = length.end + length.value;
  const bytes = block.subarray(length.end, end);
  return { start, end, text: block[start]! >= 0x80 ? huffmanDecoded(bytes) : bytes.toString('latin1') };
}
