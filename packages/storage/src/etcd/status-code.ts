/** What etcd's refusals mean in terms of the contract. */
import { StorageError } from '../error.ts';

/** What went wrong with one call: gRPC's number and etcd's sentence. */
export interface Failure {
  readonly code: number;
  readonly details: string;
  /** No member can have looked at it, so that even a write may be tried elsewhere. */
  readonly untouched?: boolean;
}

/** gRPC status codes that decisions here depend on. */
export const Code = { deadlineExceeded: 4, unavailable: 14, unauthenticated: 16 } as const;

/** Matched on the sentences because etcd uses one gRPC code for several of them. */
const MEANINGS = [
  [/required revision has been compacted/, 'compacted'],
  [/required revision is a future revision/, 'future-revision'],
  [/request is too large|larger than max/, 'too-large'],
  [/corrupt/i, 'corrupt'],
] as const;

/** The error that callers see. Whatever has no closer meaning is 'unavailable': the outcome of a write is unknown. */
export function storageErrorOf({ code, details }: Failure, what: string): StorageError {
  for (const [pattern, meaning] of MEANINGS)
    if (pattern.test(details)) return new StorageError(meaning, `etcd refused ${what}: ${details}`);
  const hint = /database space exceeded/.test(details) ? '; compact and defragment it, then disarm its alarm' : '';
  return new StorageError('unavailable', `etcd did not answer ${what}: ${details} (gRPC status ${code})${hint}`);
}

/** True when another member may do better. */
export function isWorthAnotherMember({ code }: Failure): boolean {
  return code === Code.unavailable || code === Code.deadlineExceeded;
}

export const isUnknownLease = ({ details }: Failure): boolean => /requested lease not found/.test(details);
export const isStaleToken = ({ code, details }: Failure): boolean =>
  code === Code.unauthenticated || /invalid auth token/.test(details);
