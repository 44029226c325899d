/** Labels of namespaces: they have to name a policy, and those who tighten it hear which pods break it already. */
import { errors, type Namespace, type Pod, Resources } from '@steersman/api';
import type { AdmissionRequest } from '../contract.ts';
import { list, nameOf } from '../request.ts';
import type { PodSecuritySettings } from './configuration.ts';
import {
  isStricter,
  MODES,
  type Mode,
  type Policies,
  type Policy,
  PREFIX,
  policiesOf,
  policyText,
  reasonsText,
  validatePolicyLabels,
  violationsOf,
} from './policy.ts';

/** Of more pods than this only so many are looked at: whoever labels a namespace is waiting. */
const PODS_MAX = 3000;

export async function validateNamespace(
  request: AdmissionRequest,
  { defaults, exempt }: PodSecuritySettings,
): Promise<void> {
  const namespace = request.object as Namespace;
  const old = request.oldObject as Namespace | undefined;
  const labels = namespace.metadata.labels;
  const name = nameOf(request);
  const problems = validatePolicyLabels(labels);
  const known = validatePolicyLabels(old?.metadata.labels);
  if (problems.length > 0 && (old === undefined || JSON.stringify(problems) !== JSON.stringify(known)))
    throw errors.invalid({ group: '', kind: 'Namespace' }, name, problems);
  const policies = policiesOf(labels, defaults);
  const before = policiesOf(old?.metadata.labels, defaults);
  const changed = old === undefined || JSON.stringify(policies) !== JSON.stringify(before);
  if (exempt.namespaces.has(name)) {
    const ignored = ignoredText(labels, policies);
    if (changed && ignored !== '')
      request.warn(
        `namespace ${JSON.stringify(name)} is exempt from Pod Security, and the policy (${ignored}) will be ignored`,
      );
    return;
  }
  if (old === undefined || !isStricter(policies.enforce, before.enforce)) return;
  const pods = (await list(request, Resources.pods, name)).filter(
    ({ spec }) => !exempt.runtimeClasses.has(spec.runtimeClassName ?? ''),
  );
  for (const warning of warningsAbout(pods, policies.enforce, name)) request.warn(warning);
}

/** What the labels ask for beyond the weakest level. */
function ignoredText(labels: Namespace['metadata']['labels'], policies: Policies): string {
  const isLabelled = (mode: Mode) => ['', '-version'].some((end) => labels?.[`${PREFIX}${mode}${end}`] !== undefined);
  return MODES.filter((mode) => policies[mode].level !== 'privileged' && isLabelled(mode))
    .map((mode) => `${mode}=${policyText(policies[mode])}`)
    .join(', ');
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
