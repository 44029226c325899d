/** Reading a query, with everything about it that the response must repeat. */
import packet from 'dns-packet';
import type { Question } from './contract.ts';
import { UDP_BYTES_DEFAULT, UDP_BYTES_MAX } from './wire.ts';

export interface Query {
  readonly id: number;
  readonly question: Question;
  readonly questionBytes: Uint8Array;
  readonly recursionDesired: boolean;
  readonly edns: boolean;
  /** What the client takes over UDP, within our own limit. */
  readonly udpBytesMax: number;
  readonly opcode: number;
}

const HEADER_BYTES = 12;

/** Where the first question ends; questions are never compressed. Undefined when it runs over the message. */
function questionEnd(message: Uint8Array): number | undefined {
  let at = HEADER_BYTES;
  while (at < message.length && message[at] !== 0) {
    const length = message[at] ?? 0;
    if (length > 63) return undefined;
    at += length + 1;
  }
  const end = at + 5;
  return end <= message.length ? end : undefined;
}

/**
 * Parses a query. 'ignore': not a query at all, so that two servers never answer each other for ever.
 * 'malformed': answer FORMERR.
 */
export function parseQuery(message: Uint8Array): Query | 'ignore' | 'malformed' {
  if (message.length < HEADER_BYTES) return 'ignore';
  const bytes = Buffer.from(message.buffer, message.byteOffset, message.length);
  const flags = bytes.readUInt16BE(2);
  if ((flags & 0x8000) !== 0) return 'ignore';
  const end = bytes.readUInt16BE(4) === 1 ? questionEnd(bytes) : undefined;
  if (end === undefined) return 'malformed';
  try {
    const decoded = packet.decode(bytes);
    const [question] = decoded.questions ?? [];
    if (question === undefined) return 'malformed';
    const opt = decoded.additionals?.find((record) => record.type === 'OPT');
    const offered = opt !== undefined && 'udpPayloadSize' in opt ? Number(opt.udpPayloadSize) : UDP_BYTES_DEFAULT;
    return {
      id: bytes.readUInt16BE(0),
      question: { name: question.name === '.' ? '' : question.name, type: question.type },
      questionBytes: bytes.subarray(HEADER_BYTES, end),
      recursionDesired: (flags & 0x0100) !== 0,
      edns: opt !== undefined,
      udpBytesMax: Math.max(UDP_BYTES_DEFAULT, Math.min(UDP_BYTES_MAX, offered)),
      opcode: (flags >> 11) & 15,
    };
  } catch {
    return 'malformed';
  }
}
