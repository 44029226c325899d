import type { FailedAttempt } from '../contract.ts';

/** Why a pod fits nowhere, in upstream's words: `0/3 nodes are available: 1 ..., 2 Insufficient cpu.` */
export function failureMessage(attempt: FailedAttempt, postFilterMessage = ''): string {
  if (attempt.nodesInAll === 0) return 'no nodes available to schedule pods';
  const head = `0/${attempt.nodesInAll} nodes are available`;
  const tail = postFilterMessage === '' ? '' : ` ${postFilterMessage}`;
  if (attempt.preFilter !== undefined) return `${head}: ${attempt.preFilter.reasons.join(', ')}.${tail}`;
  const counts = new Map<string, number>();
  for (const { reasons } of attempt.rejections.values())
    for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const lines = [...counts].map(([reason, count]) => `${count} ${reason}`).sort();
  return lines.length === 0 ? `${head}${tail}` : `${head}: ${lines.join(', ')}.${tail}`;
}

/** Plugins that had a part in it: only what they wait for can help the pod. */
export function rejectedBy(attempt: FailedAttempt): ReadonlySet<string> {
  const plugins = new Set<string>();
  if (attempt.preFilter !== undefined) plugins.add(attempt.preFilter.plugin);
  for (const { plugin } of attempt.rejections.values()) plugins.add(plugin);
  return plugins;
}
