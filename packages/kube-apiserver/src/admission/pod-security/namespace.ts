/** Labels of namespaces: they have to name a policy, and those who tighten it hear which pods break it already. */
import { errors, type Namespace, type Pod, Resources } from '@steersman/api';
import type { AdmissionRequest } from '../contract.ts';
import { list, nameOf } from '../request.ts';
import {
  isStricter,
  type Policy,
  policyOf,
  policyText,
  reasonsText,
  validatePolicyLabels,
  violationsOf,
} from './policy.ts';

/** Of more pods than this only so many are looked at: whoever labels a namespace is waiting. */
const PODS_MAX = 3000;

export async function validateNamespace(request: AdmissionRequest): Promise<void> {
  const namespace = request.object as Namespace;
  const old = request.oldObject as Namespace | undefined;
  const labels = namespace.metadata.labels;
  const problems = validatePolicyLabels(labels);
  const known = validatePolicyLabels(old?.metadata.labels);
  if (problems.length > 0 && (old === undefined || JSON.stringify(problems) !== JSON.stringify(known)))
    throw errors.invalid({ group: '', kind: 'Namespace' }, nameOf(request), problems);
  const policy = policyOf(labels, 'enforce');
  if (old === undefined || !isStricter(policy, policyOf(old.metadata.labels, 'enforce'))) return;
  const pods = await list(request, Resources.pods, nameOf(request));
  for (const warning of warningsAbout(pods, policy, nameOf(request))) request.warn(warning);
}

export function warningsAbout(pods: readonly Pod[], policy: Policy, namespace: string): string[] {
  const checked = pods.slice(0, PODS_MAX);
  const byReason = new Map<string, string[]>();
  for (const pod of checked) {
    const violations = violationsOf(pod, policy);
    if (violations.length === 0) continue;
    const reason = reasonsText(violations);
    byReason.set(reason, [...(byReason.get(reason) ?? []), pod.metadata.name ?? '']);
  }
  const partial = `new PodSecurity enforce level only checked against the first ${checked.length} of ${pods.length} existing pods`;
  const header = `existing pods in namespace ${JSON.stringify(namespace)} violate the new PodSecurity enforce level ${JSON.stringify(policyText(policy))}`;
  return [
    ...(checked.length < pods.length ? [partial] : []),
    ...(byReason.size > 0 ? [header] : []),
    ...[...byReason].map(([reason, names]) => `${podsText(names)}: ${reason}`).toSorted(),
  ];
}

function podsText(names: readonly string[]): string {
  const [first = ''] = names.toSorted();
  const others = names.length - 1;
  if (others === 0) return first;
  return `${first} (and ${others} other ${others === 1 ? 'pod' : 'pods'})`;
}
