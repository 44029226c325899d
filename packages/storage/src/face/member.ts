/** What the face says about itself. */
import { createHash } from 'node:crypto';
import type { Message } from './messages.ts';

/** From 3.5.13 on progress notifications never overtake events, which is true here; clients ask for the version to know it. */
export const ETCD_VERSION = '3.5.21';
export const CLUSTER_VERSION = '3.5.0';
/** A cluster of one elects nobody again. */
export const RAFT_TERM = 2;

export interface MemberOptions {
  readonly name: string;
  readonly clientUrls: readonly string[];
}

export interface Member extends MemberOptions {
  readonly clusterId: string;
  readonly memberId: string;
}

/** The same options give the same numbers, so that clients find the member that they know. */
export function memberOf({ name, clientUrls }: MemberOptions): Member {
  return { name, clientUrls, clusterId: numberOf('cluster'), memberId: numberOf(`member ${name}`) };
}

function numberOf(text: string): string {
  return String(createHash('sha256').update(`steersman ${text}`).digest().readBigUInt64BE() >> 1n);
}

/** What every answer begins with. */
export function headerOf({ clusterId, memberId }: Member, revision: number): Message {
  return { cluster_id: clusterId, member_id: memberId, revision, raft_term: RAFT_TERM };
}
