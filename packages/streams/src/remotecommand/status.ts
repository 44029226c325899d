/** How exec and attach report their outcome on the error stream (remotecommand protocol, v4 and later: a Status). */

export type CommandOutcome =
  | { readonly kind: 'exit'; readonly code: number }
  | { readonly kind: 'error'; readonly message: string };

const nonZeroExit = (code: number) =>
  `command terminated with non-zero exit code: command terminated with exit code ${code}`;

function statusOf(outcome: CommandOutcome): unknown {
  if (outcome.kind === 'error') {
    return {
      metadata: {},
      status: 'Failure',
      message: `Internal error occurred: ${outcome.message}`,
      reason: 'InternalError',
      details: { causes: [{ message: outcome.message }] },
      code: 500,
    };
  }
  if (outcome.code === 0) return { metadata: {}, status: 'Success' };
  return {
    metadata: {},
    status: 'Failure',
    message: nonZeroExit(outcome.code),
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: String(outcome.code) }] },
  };
}

/** Whether the protocol reports a Status; older ones print a failure's text and nothing on success. */
const reportsStatus = (protocol: string) => /^v[45]\./.test(protocol);

/** What goes on the error stream of a session of this protocol. Empty: nothing is to be written. */
export function outcomeBytes(outcome: CommandOutcome, protocol: string): Buffer {
  if (reportsStatus(protocol)) return Buffer.from(JSON.stringify(statusOf(outcome)));
  if (outcome.kind === 'error') return Buffer.from(outcome.message);
  return Buffer.from(outcome.code === 0 ? '' : nonZeroExit(outcome.code));
}
