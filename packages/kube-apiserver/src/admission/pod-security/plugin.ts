import { type KubeObject, type Namespace, type Pod, type PodTemplateSpec, Resources } from '@steersman/api';
import type { AdmissionPlugin, AdmissionRequest } from '../contract.ts';
import { find, forbidden } from '../request.ts';
import { validateNamespace } from './namespace.ts';
import { policyOf, policyText, violationsOf, violationsText } from './policy.ts';
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

/** Holds pods to the Pod Security Standard that their namespace's labels name, and warns about workloads. */
export const podSecurity: AdmissionPlugin = {
  name: 'PodSecurity',
  handles: ({ resource, operation, subresource }) => {
    if (operation !== 'create' && operation !== 'update') return false;
    if (resource.group === '' && resource.plural === 'pods') return !IGNORED.has(subresource);
    if (resource.group === '' && resource.plural === 'namespaces') return subresource === '';
    return subresource === '' && WORKLOADS.has(resource.plural);
  },
  validate(request) {
    return request.resource.plural === 'namespaces' ? validateNamespace(request) : validatePod(request);
  },
};

async function validatePod(request: AdmissionRequest): Promise<void> {
  const pod = podOf(request);
  if (pod === undefined) return;
  const isPod = request.resource.plural === 'pods';
  if (isPod && request.oldObject !== undefined && !isSignificantChange(pod, request.oldObject as Pod)) return;
  const namespace: Namespace | undefined = await find(request, Resources.namespaces, { name: request.namespace });
  const labels = namespace?.metadata.labels;
  if (isPod) enforce(request, pod, labels);
  const warn = policyOf(labels, 'warn');
  const found = violationsOf(pod, warn);
  if (found.length > 0)
    request.warn(`would violate PodSecurity ${JSON.stringify(policyText(warn))}: ${violationsText(found)}`);
}

function enforce(request: AdmissionRequest, pod: Pod, labels: Namespace['metadata']['labels']): void {
  const policy = policyOf(labels, 'enforce');
  const found = violationsOf(pod, policy);
  if (found.length > 0)
    throw forbidden(request, `violates PodSecurity ${JSON.stringify(policyText(policy))}: ${violationsText(found)}`);
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
