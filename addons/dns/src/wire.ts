/**
 * Response messages on the wire (RFC 1035, RFC 6891 for EDNS0), with name compression: dns-packet writes every name in full,
 * which makes thirty A records outgrow a safe UDP packet.
 */
import type { Answer, ResourceRecord } from './contract.ts';

/** Without EDNS0 a UDP response has at most this many bytes (RFC 1035, 4.2.1). */
export const UDP_BYTES_DEFAULT = 512;
/** What we send over UDP at most, whatever the client offers: never fragmented (DNS flag day 2020). */
export const UDP_BYTES_MAX = 1232;
export const TCP_BYTES_MAX = 65_535;
const POINTER_OFFSET_MAX = 0x3fff; // A compression pointer has 14 bits.

const TYPES = { A: 1, NS: 2, CNAME: 5, SOA: 6, PTR: 12, TXT: 16, AAAA: 28, SRV: 33 } as const;
const CODES = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 } as const;
export type ResponseCode = keyof typeof CODES;

export interface ResponseHead {
  readonly id: number;
  /** The question section of the request, byte for byte, so that clients that check its case are content. */
  readonly question: Uint8Array;
  readonly code: ResponseCode;
  readonly recursionDesired: boolean;
  readonly authoritative: boolean;
  /** Set when the request carried an OPT record. */
  readonly edns: boolean;
  /** Bytes the transport can carry. */
  readonly bytesMax: number;
}

class Writer {
  bytes: Buffer = Buffer.allocUnsafe(1024);
  length = 0;
  readonly #names = new Map<string, number>();

  #room(more: number): void {
    if (this.length + more <= this.bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.bytes.length * 2, this.length + more));
    this.bytes.copy(larger, 0, 0, this.length);
    this.bytes = larger;
  }
  u8(value: number): void {
    this.#room(1);
    this.length = this.bytes.writeUInt8(value, this.length);
  }
  u16(value: number): void {
    this.#room(2);
    this.length = this.bytes.writeUInt16BE(value, this.length);
  }
  u32(value: number): void {
    this.#room(4);
    this.length = this.bytes.writeUInt32BE(value >>> 0, this.length);
  }
  raw(data: Uint8Array): void {
    this.#room(data.length);
    this.bytes.set(data, this.length);
    this.length += data.length;
  }
  /** Writes a name; suffixes written before are pointed to. SRV targets must stay uncompressed (RFC 2782). */
  name(name: string, compress: boolean): void {
    let rest = name;
    while (rest !== '') {
      const known = compress ? this.#names.get(rest.toLowerCase()) : undefined;
      if (known !== undefined) return this.u16(0xc000 | known);
      if (this.length <= POINTER_OFFSET_MAX && !this.#names.has(rest.toLowerCase()))
        this.#names.set(rest.toLowerCase(), this.length);
      const dot = rest.indexOf('.');
      const label = Buffer.from(dot === -1 ? rest : rest.slice(0, dot), 'latin1');
      this.u8(label.length);
      this.raw(label);
      rest = dot === -1 ? '' : rest.slice(dot + 1);
    }
    this.u8(0);
  }
  /** Remembers where the question's name stands, so that answers can point to it. */
  rememberQuestion(name: string, at: number): void {
    let offset = at;
    for (let rest = name.toLowerCase(); rest !== ''; ) {
      this.#names.set(rest, offset);
      const dot = rest.indexOf('.');
      offset += (dot === -1 ? rest.length : dot) + 1;
      rest = dot === -1 ? '' : rest.slice(dot + 1);
    }
  }
}

function writeData(writer: Writer, record: ResourceRecord): void {
  switch (record.type) {
    case 'A':
      return writer.raw(Uint8Array.from(record.address.split('.'), Number));
    case 'AAAA':
      return writer.raw(ipv6Bytes(record.address));
    case 'CNAME':
    case 'PTR':
    case 'NS':
      return writer.name(record.target, true);
    case 'TXT': {
      const text = Buffer.from(record.text).subarray(0, 255);
      writer.u8(text.length);
      return writer.raw(text);
    }
    case 'SRV':
      writer.u16(record.priority);
      writer.u16(record.weight);
      writer.u16(record.port);
      return writer.name(record.target, false);
    case 'SOA':
      writer.name(record.primary, true);
      writer.name(record.mailbox, true);
      for (const value of [record.serial, 7200, 1800, 86_400, record.ttlSeconds]) writer.u32(value);
  }
}

function ipv6Bytes(address: string): Uint8Array {
  const [head = '', tail] = address.split('::');
  const groups = (text: string) => (text === '' ? [] : text.split(':'));
  const first = groups(head);
  const last = groups(tail ?? '');
  const middle = tail === undefined ? [] : Array<string>(Math.max(0, 8 - first.length - last.length)).fill('0');
  const bytes = Buffer.alloc(16);
  for (const [index, group] of [...first, ...middle, ...last].entries())
    bytes.writeUInt16BE(Number.parseInt(group, 16) & 0xffff, index * 2);
  return bytes;
}

function writeRecord(writer: Writer, record: ResourceRecord): void {
  writer.name(record.name, true);
  writer.u16(TYPES[record.type]);
  writer.u16(1);
  writer.u32(record.ttlSeconds);
  const at = writer.length;
  writer.u16(0);
  writeData(writer, record);
  writer.bytes.writeUInt16BE(writer.length - at - 2, at);
}

const EMPTY: Pick<Answer, 'answers' | 'authorities' | 'additionals'> = {
  answers: [],
  authorities: [],
  additionals: [],
};

/**
 * Writes a response. When it does not fit, additional records go first; if it still does not fit, all records go and the
 * truncation bit tells the client to ask again over TCP.
 */
export function encodeResponse(head: ResponseHead, name: string, answer = EMPTY): Uint8Array {
  const whole = write(head, name, answer, false);
  if (whole.length <= head.bytesMax) return whole;
  const lean = write(head, name, { ...answer, additionals: [] }, false);
  return lean.length <= head.bytesMax ? lean : write(head, name, EMPTY, true);
}

function write(head: ResponseHead, name: string, records: typeof EMPTY, truncated: boolean): Uint8Array {
  const writer = new Writer();
  const { answers, authorities, additionals } = records;
  writer.u16(head.id);
  const flags =
    0x8000 | (head.authoritative ? 0x0400 : 0) | (truncated ? 0x0200 : 0) | (head.recursionDesired ? 0x0100 : 0);
  writer.u16(flags | 0x0080 | CODES[head.code]);
  writer.u16(head.question.length === 0 ? 0 : 1);
  writer.u16(answers.length);
  writer.u16(authorities.length);
  writer.u16(additionals.length + (head.edns ? 1 : 0));
  if (head.question.length > 0) {
    writer.rememberQuestion(name, writer.length);
    writer.raw(head.question);
  }
  for (const record of [...answers, ...authorities, ...additionals]) writeRecord(writer, record);
  if (head.edns) writer.raw(Uint8Array.of(0, 0, 41, UDP_BYTES_MAX >> 8, UDP_BYTES_MAX & 0xff, 0, 0, 0, 0, 0, 0));
  return writer.bytes.subarray(0, writer.length);
}
