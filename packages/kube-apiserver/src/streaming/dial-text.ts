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

/** Errors other than those of dialling keep their own message. */
export function dialText(error: unknown): string {
  const { code, address, port } = (error ?? {}) as DialError;
  const words = typeof code === 'string' ? WORDS[code] : undefined;
  if (words === undefined || typeof address !== 'string') return error instanceof Error ? error.message : String(error);
  const host = address.includes(':') ? `[${address}]` : address;
  return `dial tcp ${host}:${String(port)}: ${words}`;
}
