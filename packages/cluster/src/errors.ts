/** Everything that can go wrong when a cluster is deployed, each with one line that says what to do. */
export type ClusterErrorCode =
  | 'missing-packages' // Programs of the operating system are absent.
  | 'port-in-use'
  | 'range-overlap' // A pod or service range overlaps a route or a resolver of the machine.
  | 'unwritable'
  | 'locked' // Another `up` or `down` works on the same cluster.
  | 'not-ours' // A folder without the marker file, or one that belongs to another cluster.
  | 'mount-remains'
  | 'program-failed'
  | 'timed-out'
  | 'unsupported'
  | 'invalid-option'
  | 'invalid-file';

/** A failure to deploy. `message` is one line: what is wrong and what to do about it. */
export class ClusterError extends Error {
  override readonly name = 'ClusterError';
  readonly code: ClusterErrorCode;
  constructor(code: ClusterErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
