/** What the face refuses, in etcd's words: clients match on them. */
import { isStorageError } from '../error.ts';

/** gRPC's numbers as far as etcd uses them. */
export const Code = {
  invalidArgument: 3,
  notFound: 5,
  resourceExhausted: 8,
  failedPrecondition: 9,
  outOfRange: 11,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
} as const;

/** An answer that is no. gRPC sends `code` and `details`. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: number;
  readonly details: string;

  constructor(code: number, details: string) {
    super(details);
    this.code = code;
    this.details = details;
  }
}

const refuse = (code: number, words: string) => () => new Refusal(code, `etcdserver: ${words}`);

export const refusals = {
  emptyKey: refuse(Code.invalidArgument, 'key is not provided'),
  keyNotFound: refuse(Code.invalidArgument, 'key not found'),
  valueProvided: refuse(Code.invalidArgument, 'value is provided'),
  leaseProvided: refuse(Code.invalidArgument, 'lease is provided'),
  tooManyOperations: refuse(Code.invalidArgument, 'too many operations in txn request'),
  duplicateKey: refuse(Code.invalidArgument, 'duplicate key given in txn request'),
  sortOption: refuse(Code.invalidArgument, 'invalid sort option'),
  tooLarge: refuse(Code.invalidArgument, 'request is too large'),
  compacted: refuse(Code.outOfRange, 'mvcc: required revision has been compacted'),
  futureRevision: refuse(Code.outOfRange, 'mvcc: required revision is a future revision'),
  noSpace: refuse(Code.resourceExhausted, 'mvcc: database space exceeded'),
  leaseNotFound: refuse(Code.notFound, 'requested lease not found'),
  leaseExists: refuse(Code.failedPrecondition, 'lease already exists'),
  ttlTooLarge: refuse(Code.outOfRange, 'too large lease TTL'),
  authNotEnabled: refuse(Code.failedPrecondition, 'authentication is not enabled'),
  stopped: refuse(Code.unavailable, 'server stopped'),
};

const NO_SPACE = /no space left|ENOSPC|MDB_MAP_FULL/i;

/** The answer for whatever went wrong. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (!isStorageError(error)) return new Refusal(Code.internal, `etcdserver: ${String(error)}`);
  if (error.code === 'compacted') return refusals.compacted();
  if (error.code === 'future-revision') return refusals.futureRevision();
  if (error.code === 'too-large') return refusals.tooLarge();
  if (NO_SPACE.test(error.message)) return refusals.noSpace();
  return new Refusal(Code.unavailable, `etcdserver: ${error.message}`);
}
