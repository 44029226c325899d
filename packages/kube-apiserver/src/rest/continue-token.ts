import { errors } from '@steersman/api';

/** Where the next page of a list starts, and the revision of the snapshot it belongs to; -1: the newest. */
export interface ContinueToken {
  readonly revision: number;
  /** First key that may be on the next page, relative to the resource's prefix. */
  readonly start: string;
}

const VERSION = 'meta.k8s.io/v1';

/** Upstream's form, so that a client can go on with the other server. */
export function encodeContinue({ revision, start }: ContinueToken): string {
  return Buffer.from(JSON.stringify({ v: VERSION, rv: revision, start })).toString('base64url');
}

/** Throws ApiError BadRequest, in upstream's words, for anything this server could not have made. */
export function decodeContinue(text: string): ContinueToken {
  const { v, rv, start } = parse(text);
  if (v !== VERSION) throw invalid(`server does not recognize this encoded version ${String(v ?? '')}`);
  if (typeof rv !== 'number' || !Number.isSafeInteger(rv) || rv === 0)
    throw invalid(`incorrect encoded start resourceVersion (version ${VERSION})`);
  if (typeof start !== 'string' || start === '') throw invalid(`encoded start key empty (version ${VERSION})`);
  const relative = start.startsWith('/') ? start.slice(1) : start;
  // No way out of the resource's own keys.
  if (relative.split('/').some((part) => part === '' || part === '.' || part === '..')) throw invalid(start);
  return { revision: rv, start: relative };
}

function invalid(why: string): Error {
  return errors.badRequest(`invalid continue token: continue key is not valid: ${why}`);
}

function parse(text: string): Readonly<Record<string, unknown>> {
  const wrong = text.search(/[^\w-]/);
  if (wrong !== -1 || text.length % 4 === 1)
    throw invalid(`illegal base64 data at input byte ${wrong === -1 ? text.length - 1 : wrong}`);
  const bytes = Buffer.from(text, 'base64url');
  try {
    const parsed: unknown = JSON.parse(bytes.toString());
    if (typeof parsed === 'object') return (parsed ?? {}) as Readonly<Record<string, unknown>>;
  } catch {
    // Told below.
  }
  throw invalid(
    bytes.length === 0
      ? 'unexpected end of JSON input'
      : `invalid character ${quoted(bytes[0]!)} looking for beginning of value`,
  );
}

/** A byte as Go names it: as the character of that number, escaped where that cannot be seen. */
function quoted(byte: number): string {
  const visible = (byte >= 0x20 && byte < 0x7f) || (byte > 0xa0 && byte !== 0xad);
  if (visible)
    return byte === 0x27 || byte === 0x5c ? `'\\${String.fromCharCode(byte)}'` : `'${String.fromCharCode(byte)}'`;
  const hex = byte.toString(16);
  return byte < 0x80 ? `'\\x${hex.padStart(2, '0')}'` : `'\\u${hex.padStart(4, '0')}'`;
}
