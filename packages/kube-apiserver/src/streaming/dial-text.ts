/** What went wrong with a connection, in the words of upstream's network library, which clients match on. */

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connect: connection refused',
  EHOSTUNREACH: 'connect: no route to host',
  ENETUNREACH: 'connect: network is unreachable',
  ETIMEDOUT: 'i/o timeout',
};

interface DialError {
  readonly code?: unknown;
  readonly address?: unknown;
  readonly port?: unknown;
}

/** Node's word for a connection that was closed before there was an answer. */
const HUNG_UP = 'socket hang up';

/** Errors other than these keep their own message. */
export function dialText(error: unknown): string {
  const { code, address, port } = (error ?? {}) as DialError;
  const words = typeof code === 'string' ? WORDS[code] : undefined;
  if (words === undefined || typeof address !== 'string') return textOf(error);
  const host = address.includes(':') ? `[${address}]` : address;
  return `dial tcp ${host}:${String(port)}: ${words}`;
}

function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message === HUNG_UP ? 'EOF' : error.message;
}
