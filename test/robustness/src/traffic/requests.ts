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

export const pick = <T>(random: Random, from: readonly T[]): T => from[random.integer(from.length)] as T;

/** The next request of a client: `name` makes the value it writes unlike any other of the run. */
export function nextRequest(random: Random, knowledge: Knowledge, name: string, keysPerWriteMax = 1): Request {
  if (keysPerWriteMax > 1) {
    const kind = random.float();
    if (kind < 0.6) return transaction(random, knowledge, name, keysPerWriteMax);
    return kind < 0.8 ? { kind: 'read', key: pick(random, KEYS) } : listRequest(random, knowledge);
  }
  const key = pick(random, KEYS);
  const known = knowledge.revision(key);
  const put: Change = { kind: 'put', key, value: name, color: pick(random, COLORS) };
  const share = random.float();
  if (share < 0.35) return { kind: 'write', expect: [{ key, revision: known }], changes: [put] };
  if (share < 0.4) return { kind: 'write', expect: [{ key, revision: 0 }], changes: [put] };
  if (share < 0.48) return { kind: 'write', expect: [{ key, revision: 'any' }], changes: [put] };
  if (share < 0.6) {
    const revision = known === 0 || random.float() < 0.5 ? 'any' : known;
    return { kind: 'write', expect: [{ key, revision }], changes: [{ kind: 'delete', key }] };
  }
  if (share < 0.8) return { kind: 'read', key };
  return listRequest(random, knowledge);
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
  if (share < 0.65) return { kind: 'list', at: 'cached', ...color };
  if (share < 0.67) return { kind: 'list', at: knowledge.head + REVISIONS_AHEAD };
  const pages = random.float() < 0.3 ? { pageSize: PAGE_SIZE } : {};
  return { kind: 'list', at: oldRevision(random, knowledge), ...color, ...pages };
}

/** Mostly just behind the head, where compaction has not been; sometimes where it has. */
export function oldRevision(random: Random, { head }: Knowledge): number {
  return Math.max(1, head - Math.floor(random.float() ** 3 * REVISIONS_BACK_MAX));
}
