/** First releases per minor version whose progress notifications never overtake events (etcd issue 15220). */
const SAFE_PATCHES: Readonly<Record<string, number>> = { '3.4': 31, '3.5': 13 };

/** Whether a member of this version may be asked how far its watches are. An unreadable version may not. */
export function progressIsSafe(version: string): boolean {
  const match = /^(\d+)\.(\d+)\.(\d+)/.exec(version);
  if (match === null) return false;
  const [major, minor, patch] = [Number(match[1]), Number(match[2]), Number(match[3])];
  if (major !== 3) return major > 3;
  if (minor > 5) return true;
  const safe = SAFE_PATCHES[`${major}.${minor}`];
  return safe !== undefined && patch >= safe;
}
