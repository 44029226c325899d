import type { Random } from '@steersman/machinery';
import type { Change, Request } from '../history.ts';
import type { Knowledge } from './knowledge.ts';

/** Few enough that writers collide and deletions are followed by creations, enough that lists have pages. */
const KEYS = Array.from({ length: 20 }, (_, index) => `key-${index}`);
export const COLORS = ['red', 'green', 'blue'] as const;
const PAGE_SIZE = 7;
/** How far behind the newest revision old reads and watches begin; history is kept for less under test. */
const REVISIONS_BACK_MAX = 3000;
const REVISIONS_AHEAD = 1_000_000;
/** Keys that go by themselves, where a write can say so: enough, and written seldom enough, that most are left to do so. */
const FLEETING_KEYS = Array.from({ length: 20 }, (_, index) => `fleeting-${index}`);
const TTL_SECONDS_MAX = 4;

export const pick = <T>(random: Random, from: readonly T[]): T => from[random.integer(from.length)] as T;

/** The next request of a client: `name` makes the value it writes unlike any other of the run. */
export function nextRequest(random: Random, knowledge: Knowledge, name: string, keysPerWriteMax = 1): Request {
  if (keysPerWriteMax > 1) {
    const kind = random.float();
    if (kind < 0.59) return transaction(random, knowledge, name, keysPerWriteMax);
    if (kind < 0.6) return fleeting(random, knowledge, name);
    return kind < 0.8 ? { kind: 'read', key: pick(random, KEYS) } : listRequest(random, knowledge);
  }
  const key = pick(random, KEYS);
  const known = knowledge.revision(key);
  const put: Change = { kind: 'put', key, value: name, color: pick(random, COLORS) };
  const share = random.float();
  const write = { kind: 'write', changes: [put] } as const;
  if (share < 0.28) return { ...write, expect: [{ key, revision: known }] };
  if (share < 0.34) return { ...write, expect: [{ key, revision: known }], ...(known > 0 && { via: 'status' }) };
  if (share < 0.38) return { ...write, expect: [{ key, revision: 0 }] };
  if (share < 0.43) return { ...write, expect: [{ key, revision: 'any' }] };
  if (share < 0.48) return { ...write, expect: [], via: 'apply' };
  if (share < 0.59) {
    const revision = known === 0 || random.float() < 0.5 ? 'any' : known;
    return { kind: 'write', expect: [{ key, revision }], changes: [{ kind: 'delete', key }] };
  }
  if (share < 0.595) return { kind: 'purge', color: pick(random, COLORS) };
  if (share < 0.75) return { kind: 'read', key };
  if (share < 0.8) return { kind: 'read', key, atLeast: knowledge.head };
  return listRequest(random, knowledge);
}

/** One key for a short time. */
function fleeting(random: Random, knowledge: Knowledge, name: string): Request {
  const key = pick(random, FLEETING_KEYS);
  const ttlSeconds = 2 + random.integer(TTL_SECONDS_MAX);
  const put: Change = { kind: 'put', key, value: `${name}.0`, color: pick(random, COLORS), ttlSeconds };
  return { kind: 'write', expect: [{ key, revision: knowledge.revision(key) }], changes: [put] };
}

/** Several keys at once, each expected to be as it is known. */
function transaction(random: Random, knowledge: Knowledge, name: string, keysMax: number): Request {
  const keys = [...new Set(Array.from({ length: 1 + random.integer(keysMax) }, () => pick(random, KEYS)))];
  const expect = keys.map((key) => ({ key, revision: knowledge.revision(key) }));
  const changes = expect.map(({ key, revision }, index): Change => {
    if (revision > 0 && random.float() < 0.2) return { kind: 'delete', key };
    return { kind: 'put', key, value: `${name}.${index}`, color: pick(random, COLORS) };
  });
  return { kind: 'write', expect, changes };
}

function listRequest(random: Random, knowledge: Knowledge): Request {
  const color = random.float() < 0.3 ? { color: pick(random, COLORS) } : {};
  const share = random.float();
  if (share < 0.35) return { kind: 'list', at: 'newest', ...color };
  if (share < 0.5) return { kind: 'list', at: 'newest', pageSize: PAGE_SIZE, ...color };
  if (share < 0.6) return { kind: 'list', at: 'cached', ...color };
  if (share < 0.65) return { kind: 'list', at: 'cached', atLeast: knowledge.head, ...color };
  if (share < 0.67) return { kind: 'list', at: knowledge.head + REVISIONS_AHEAD };
  const pages = random.float() < 0.3 ? { pageSize: PAGE_SIZE } : {};
  return { kind: 'list', at: oldRevision(random, knowledge), ...color, ...pages };
}

const ANCIENT_SHARE = 0.2;

/** Mostly just behind the head, where compaction has not been; sometimes where it has. */
export function oldRevision(random: Random, { head }: Knowledge): number {
  if (random.float() < ANCIENT_SHARE) return 1 + random.integer(head);
  return Math.max(1, head - Math.floor(random.float() ** 3 * REVISIONS_BACK_MAX));
}
