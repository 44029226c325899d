/** Entries of upstream's lists that wait for a later part of Steersman, or that v1.36 contradicts, spelled as there. */

export interface LaterEntry {
  readonly name: string;
  readonly reason: string;
}

function all(reason: string, names: readonly string[]): readonly LaterEntry[] {
  return names.map((name) => ({ name, reason }));
}

const webhooks = all('needs admission webhooks, which have no effect yet', [
  'Admission webhook, list mutating webhooks',
  'Admission webhook, list validating webhooks',
  'Admission webhook, update mutating webhook',
  'Admission webhook, update validating webhook',
  'Admission webhook, deny attach',
  'Admission webhook, deny custom resource create and delete',
  'Admission webhook, deny create',
  'Admission webhook, deny custom resource definition',
  'Admission webhook, honor timeout',
  'Admission webhook, ordered mutation',
  'Admission webhook, mutate custom resource',
  'Admission webhook, mutate custom resource with different stored version',
  'Admission webhook, mutate custom resource with pruning',
  'Admission webhook, mutation with defaulting',
  'Admission webhook, admission control not allowed on webhook configuration objects',
  'Admission webhook, fail closed',
  'Mutating Admission webhook, create and update mutating webhook configuration with matchConditions',
  'Validating Admission webhook, create and update validating webhook configuration with matchConditions',
  'Mutating Admission webhook, mutating webhook excluding object with specific name',
  'Mutating Admission webhook, reject mutating webhook configurations with invalid matchConditions',
  'Validing Admission webhook, reject validating webhook configurations with invalid matchConditions',
]);

const customResources = all('needs custom resources, which are not served yet', [
  'Custom Resource Definition Conversion Webhook, convert mixed version list',
  'Custom Resource Definition Conversion Webhook, conversion custom resource',
  'Custom Resource Definition, watch',
  'Custom Resource Definition, create',
  'Custom Resource Definition, status sub-resource',
  'Custom Resource Definition, list',
  'Custom Resource Definition, defaulting',
  'Custom Resource OpenAPI Publish, stop serving version',
  'Custom Resource OpenAPI Publish, version rename',
  'Custom Resource OpenAPI Publish, with x-preserve-unknown-fields at root',
  'Custom Resource OpenAPI Publish, with x-preserve-unknown-fields in embedded object',
  'Custom Resource OpenAPI Publish, with x-kubernetes-preserve-unknown-fields at root',
  'Custom Resource OpenAPI Publish, with x-kubernetes-preserve-unknown-fields in embedded object',
  'Custom Resource OpenAPI Publish, with x-kubernetes-preserve-unknown-fields in object',
  'Custom Resource OpenAPI Publish, with validation schema',
  'custom-resource-definition-field-selectors-list-watch-register-informers',
  'Custom Resource OpenAPI Publish, with x-preserve-unknown-fields in object',
  'Custom Resource OpenAPI Publish, varying groups',
  'Custom Resource OpenAPI Publish, varying kinds',
  'Custom Resource OpenAPI Publish, varying versions',
  'Aggregated Discovery Interface CRDs',
  'Aggregated Discovery Endpoint Accept Headers CRDs',
  'Server side field validation, unknown fields CR no validation schema',
  'Server side field validation, valid CR with validation schema',
  'Server side field validation, unknown fields CR fails validation',
  'Server side field validation, CR duplicates',
  'Server side field validation, unknown metadata',
]);

const policies = all('needs admission policies, which have no effect yet', [
  'ValidatingAdmissionPolicy',
  'MutatingAdmissionPolicy',
]);

const aggregation = all('needs aggregated API servers, which are not proxied yet', [
  'aggregator-supports-the-sample-apiserver',
]);

const networking = all(
  'needs the controller that mirrors Endpoints into EndpointSlices, which comes with the rest of networking',
  ['EndpointSlice Mirroring'],
);

const images = all(
  'needs a registry to pull from and a runtime that mounts images (containerd 2.1), which nodes do not have yet',
  ['Image Volume'],
);

/** By name, with the reason. */
export const laterEntries: readonly LaterEntry[] = [
  ...webhooks,
  ...customResources,
  ...policies,
  ...aggregation,
  ...networking,
  ...images,
];
