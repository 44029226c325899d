import {
  type FieldError,
  type KubeObject,
  type Namespace,
  type Pod,
  type PodTemplateSpec,
  Resources,
} from '@steersman/api';
import type { AdmissionPlugin, AdmissionRequest } from '../contract.ts';
import { find, forbidden } from '../request.ts';
import type { PodSecuritySettings } from './configuration.ts';
import { validateNamespace } from './namespace.ts';
import {
  MODES,
  type Policies,
  type Policy,
  policiesOf,
  policyText,
  validatePolicyLabels,
  violationsOf,
  violationsText,
} from './policy.ts';
import { isSignificantChange } from './significance.ts';

const WORKLOADS = new Set([
  'deployments',
  'replicasets',
  'statefulsets',
  'daemonsets',
  'jobs',
  'cronjobs',
  'replicationcontrollers',
  'podtemplates',
]);

/** Subresources of pods that do not carry a pod, or nothing of it that matters here. */
const IGNORED = new Set(['exec', 'attach', 'binding', 'eviction', 'log', 'portforward', 'proxy', 'status']);

/** Keys of the annotations in audit events. */
const AUDIT = 'pod-security.kubernetes.io/';

/** Holds pods to the Pod Security Standard that their namespace's labels name, and warns about workloads. */
export function podSecurity(settings: PodSecuritySettings): AdmissionPlugin {
  return {
    name: 'PodSecurity',
    handles: ({ resource, operation, subresource }) => {
      if (operation !== 'create' && operation !== 'update') return false;
      if (resource.group === '' && resource.plural === 'pods') return !IGNORED.has(subresource);
      if (resource.group === '' && resource.plural === 'namespaces') return subresource === '';
      return subresource === '' && WORKLOADS.has(resource.plural);
    },
    validate(request) {
      return request.resource.plural === 'namespaces'
        ? validateNamespace(request, settings)
        : validatePod(request, settings);
    },
  };
}

async function validatePod(request: AdmissionRequest, { defaults, exempt }: PodSecuritySettings): Promise<void> {
  const isPod = request.resource.plural === 'pods';
  const annotate = (key: string, value: string) => request.annotate?.(AUDIT + key, value);
  if (exempt.namespaces.has(request.namespace)) return annotate('exempt', 'namespace');
  if (exempt.usernames.has(request.user.name)) return annotate('exempt', 'user');
  const pod = podOf(request);
  if (pod === undefined) return;
  const namespace: Namespace | undefined = await find(request, Resources.namespaces, { name: request.namespace });
  const labels = namespace?.metadata.labels;
  const policies = policiesOf(labels, defaults);
  const problems = validatePolicyLabels(labels);
  const concerned = isPod ? MODES : (['audit', 'warn'] as const);
  if (problems.length === 0 && concerned.every((mode) => policies[mode].level === 'privileged')) return;
  if (isPod && request.oldObject !== undefined && !isSignificantChange(pod, request.oldObject as Pod)) return;
  if (exempt.runtimeClasses.has(pod.spec.runtimeClassName ?? '')) return annotate('exempt', 'runtimeClass');
  if (problems.length > 0) annotate('error', `Failed to parse policy: ${problemsText(problems)}`);
  judge(request, pod, policies, isPod, annotate);
}

/** What is refused is not warned about as well. */
function judge(
  request: AdmissionRequest,
  pod: Pod,
  { enforce, audit, warn }: Policies,
  isPod: boolean,
  annotate: (key: string, value: string) => void,
): void {
  if (isPod) annotate('enforce-policy', policyText(enforce));
  const audited = findings(pod, audit);
  if (audited !== undefined) annotate('audit-violations', `would violate PodSecurity ${audited}`);
  const refusal = isPod ? findings(pod, enforce) : undefined;
  if (refusal !== undefined) throw forbidden(request, `violates PodSecurity ${refusal}`);
  const warned = findings(pod, warn);
  if (warned !== undefined) request.warn(`would violate PodSecurity ${warned}`);
}

/** The policy and what of the pod breaks it; undefined when nothing does. */
function findings(pod: Pod, policy: Policy): string | undefined {
  const found = violationsOf(pod, policy);
  return found.length === 0 ? undefined : `${JSON.stringify(policyText(policy))}: ${violationsText(found)}`;
}

/** As Go shows several errors. */
function problemsText(problems: readonly FieldError[]): string {
  const texts = problems.map(({ field, message }) => `${field}: ${message}`);
  return texts.length === 1 ? (texts[0] ?? '') : `[${texts.join(', ')}]`;
}

/** The pod itself, or the one that a workload would make. */
function podOf({ object, resource }: AdmissionRequest): Pod | undefined {
  if (object === undefined) return undefined;
  if (resource.plural === 'pods') return object as Pod;
  const workload = object as KubeObject & {
    readonly template?: PodTemplateSpec;
    readonly spec?: {
      readonly template?: PodTemplateSpec;
      readonly jobTemplate?: { readonly spec?: { readonly template?: PodTemplateSpec } };
    };
  };
  const template = workload.template ?? workload.spec?.template ?? workload.spec?.jobTemplate?.spec?.template;
  return template?.spec === undefined ? undefined : { metadata: template.metadata ?? {}, spec: template.spec };
}
