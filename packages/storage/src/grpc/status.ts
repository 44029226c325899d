/** How gRPC says how a call went. */
import type { Field } from './hpack-table.ts';

/** gRPC's numbers as far as decisions depend on them. */
export const Code = {
  ok: 0,
  unknown: 2,
  deadlineExceeded: 4,
  resourceExhausted: 8,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
} as const;

/** A call that was not answered as hoped. */
export class GrpcFailure extends Error {
  override readonly name = 'GrpcFailure';
  readonly code: number;
  readonly details: string;
  /** The other side has certainly not looked at it. */
  readonly untouched: boolean;

  constructor(code: number, details: string, untouched = false) {
    super(details);
    this.code = code;
    this.details = details;
    this.untouched = untouched;
  }
}

const HTTP_STATUSES_OF_PROXIES = ['429', '502', '503', '504'];

/** What the last fields of a stream say; undefined: all went well. */
export function failureOf(fields: readonly Field[]): GrpcFailure | undefined {
  const status = fieldOf(fields, 'grpc-status');
  if (status === '0') return undefined;
  if (status !== undefined) return new GrpcFailure(Number(status), decoded(fieldOf(fields, 'grpc-message') ?? ''));
  const http = fieldOf(fields, ':status') ?? 'none';
  const code = HTTP_STATUSES_OF_PROXIES.includes(http) ? Code.unavailable : Code.unknown;
  return new GrpcFailure(code, `this was no answer of gRPC (HTTP status ${http})`);
}

export function fieldOf(fields: readonly Field[], name: string): string | undefined {
  for (const field of fields) if (field[0] === name) return field[1];
  return undefined;
}

/** gRPC writes what is not printable ASCII, and %, as bytes in hexadecimal. */
export function encodedMessage(text: string): string {
  let encoded = '';
  for (const byte of Buffer.from(text))
    encoded +=
      byte >= 0x20 && byte < 0x7f && byte !== 0x25
        ? String.fromCharCode(byte)
        : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  return encoded;
}

function decoded(message: string): string {
  if (!message.includes('%')) return message;
  const bytes = message.replace(/%([0-9a-fA-F]{2})/g, (_all, hex: string) => String.fromCharCode(Number(`0x${hex}`)));
  return Buffer.from(bytes, 'latin1').toString();
}
