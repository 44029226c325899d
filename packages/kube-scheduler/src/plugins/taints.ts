import type { Taint, Toleration } from '@steersman/api';

/** Whether a toleration covers a taint; Gt and Lt compare whole numbers (KEP-5471). */
export function tolerates(toleration: Toleration, taint: Taint): boolean {
  const { key = '', operator = 'Equal', value = '', effect = '' } = toleration;
  if (effect !== '' && effect !== taint.effect) return false;
  if (key !== '' && key !== taint.key) return false;
  if (operator === 'Exists') return true;
  if (key === '') return false; // Only Exists may leave out the key.
  if (operator === 'Equal' || operator === '') return value === (taint.value ?? '');
  const [wanted, actual] = [Number(value), Number(taint.value ?? '')];
  if (!Number.isSafeInteger(wanted) || !Number.isSafeInteger(actual)) return false;
  return operator === 'Gt' ? actual > wanted : operator === 'Lt' && actual < wanted;
}

/** The first taint with one of the effects that no toleration covers. */
export function untoleratedTaint(
  taints: readonly Taint[],
  tolerations: readonly Toleration[] | undefined,
  counts: (taint: Taint) => boolean,
): Taint | undefined {
  for (const taint of taints) {
    if (counts(taint) && !(tolerations ?? []).some((toleration) => tolerates(toleration, taint))) return taint;
  }
  return undefined;
}

/** Taints that keep pods away; PreferNoSchedule only makes a node less liked. */
export const keepsAway = (taint: Taint) => taint.effect === 'NoSchedule' || taint.effect === 'NoExecute';
