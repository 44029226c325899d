import type { OperationRecord } from '../history.ts';

/** An operation in words, as verdicts name it. */
export function describe({ request, server, invokedAt }: OperationRecord): string {
  const at = `at ${(invokedAt / 1e6).toFixed(3)} s on ${server}`;
  if (request.kind === 'write') return `${request.changes.map(({ kind, key }) => `${kind} ${key}`).join(', ')} ${at}`;
  if (request.kind === 'purge') return `purge of ${request.color} ${at}`;
  if (request.kind === 'read') return `read of ${request.key} ${at}`;
  return `list (${request.at}) ${at}`;
}
