/** Taints of nodes and tolerations of pods: one rule for scheduler, controllers and kubelet. */
import type { Taint, Toleration } from './generated/core.ts';

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

/** The first taint that counts and that no toleration covers. */
export function untoleratedTaint(
  taints: readonly Taint[] | undefined,
  tolerations: readonly Toleration[] | undefined,
  counts: (taint: Taint) => boolean,
): Taint | undefined {
  return taints?.find((taint) => counts(taint) && !tolerations?.some((toleration) => tolerates(toleration, taint)));
}
