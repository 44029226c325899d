/** The Maintenance, Cluster and Auth services: what operators' tools ask, and clients before they begin. */
import { crc32 } from 'node:zlib';
import type { EmbeddedStorage } from '../embedded.ts';
import { bytesOf, EVERYTHING } from './keys.ts';
import { ETCD_VERSION, type Member, RAFT_TERM } from './member.ts';
import type { Message } from './messages.ts';
import type { Quota } from './quota.ts';
import { refusals } from './refusal.ts';

/** Keys hashed between two pauses. */
const KEYS_PER_PAGE = 1000;
const NO_SPACE = 'NOSPACE';

export interface MaintenanceOptions {
  readonly storage: EmbeddedStorage;
  readonly member: Member;
  readonly quota: Quota;
  readonly header: (revision: number) => Message;
}

export function createMaintenance({ storage, member, quota, header }: MaintenanceOptions) {
  const current = async () => header(await storage.currentRevision());
  const alarms = () => (quota.alarmed ? [{ memberID: member.memberId, alarm: NO_SPACE }] : []);

  return {
    async status(): Promise<Message> {
      const revision = await storage.currentRevision();
      const bytes = await storage.size();
      return {
        header: header(revision),
        version: ETCD_VERSION,
        dbSize: bytes,
        dbSizeInUse: bytes,
        leader: member.memberId,
        raftIndex: revision,
        raftAppliedIndex: revision,
        raftTerm: RAFT_TERM,
        errors: quota.alarmed ? [`memberID:${member.memberId} alarm:${NO_SPACE}`] : [],
      };
    },
    async alarm({ action, alarm }: { readonly action: string; readonly alarm: string }): Promise<Message> {
      const before = alarms();
      if (action === 'DEACTIVATE' && alarm !== 'CORRUPT') quota.disarm();
      return { header: await current(), alarms: action === 'GET' || action === 'DEACTIVATE' ? before : alarms() };
    },
    /** Free pages are used again by themselves: there is nothing to do. */
    defragment: async (): Promise<Message> => ({ header: await current() }),
    async hash(): Promise<Message> {
      return { header: await current(), hash: await hashOf(storage, await storage.currentRevision()) };
    },
    /** Of what exists at a revision; 0: now. */
    async hashKv({ revision }: { readonly revision: string }): Promise<Message> {
      const newest = await storage.currentRevision();
      const compacted = await storage.compactedRevision();
      const at = Number(revision) > 0 ? Number(revision) : newest;
      if (at > newest) throw refusals.futureRevision();
      if (at < compacted) throw refusals.compacted();
      return { header: header(newest), hash: await hashOf(storage, at), compact_revision: compacted };
    },
    async memberList(): Promise<Message> {
      const { memberId, name, clientUrls } = member;
      // One member has no peers; tools show what is there.
      return { header: await current(), members: [{ ID: memberId, name, peerURLs: [], clientURLs: clientUrls }] };
    },
    authStatus: async (): Promise<Message> => ({ header: await current(), enabled: false, authRevision: 1 }),
    async authenticate(): Promise<Message> {
      throw refusals.authNotEnabled();
    },
  };
}

async function hashOf(storage: EmbeddedStorage, revision: number): Promise<number> {
  let hash = 0;
  for (let start = EVERYTHING.start; ; ) {
    const { items, more } = await storage.range({
      start,
      end: EVERYTHING.end,
      revision,
      limit: KEYS_PER_PAGE,
      uncounted: true,
    });
    for (const { key, value, createRevision, modRevision, version, lease } of items) {
      hash = crc32(bytesOf(key), hash);
      hash = crc32(`\0${createRevision} ${modRevision} ${version} ${lease ?? 0}\0`, hash);
      hash = crc32(value, hash);
    }
    const last = items.at(-1);
    if (last === undefined || !more) return hash;
    start = `${last.key}\0`;
  }
}
