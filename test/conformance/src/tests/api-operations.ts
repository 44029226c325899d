/** Kinds that this suite only stores and serves, each with an object of its own. */
import { Resources } from '@steersman/api';
import type { ConformanceTest } from '../framework/contract.ts';
import { everyVerb, type Subject } from '../framework/every-verb.ts';

const NOWHERE = {
  resourceRules: [
    { apiGroups: ['nowhere.example.com'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['nothings'] },
  ],
};

const named = (spec: object) => (name: string) => ({ metadata: { name }, spec });

const flowSchema = {
  matchingPrecedence: 10_000,
  priorityLevelConfiguration: { name: 'global-default' },
  distinguisherMethod: { type: 'ByUser' },
  rules: [
    {
      subjects: [{ kind: 'User', user: { name: 'example-e2e-non-existent-user' } }],
      nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
    },
  ],
};

const priorityLevel = { type: 'Limited', limited: { nominalConcurrencyShares: 2, limitResponse: { type: 'Reject' } } };

const validatingPolicy = {
  failurePolicy: 'Ignore',
  matchConstraints: NOWHERE,
  validations: [{ expression: 'true' }],
};

const mutatingPolicy = {
  failurePolicy: 'Ignore',
  reinvocationPolicy: 'Never',
  matchConstraints: NOWHERE,
  mutations: [{ patchType: 'ApplyConfiguration', applyConfiguration: { expression: 'Object{}' } }],
};

const ingress = {
  defaultBackend: { service: { name: 'default-backend', port: { number: 80 } } },
  rules: [
    {
      host: 'hostname',
      http: {
        paths: [
          {
            path: '/',
            pathType: 'ImplementationSpecific',
            backend: { service: { name: 'test-backend', port: { number: 8080 } } },
          },
        ],
      },
    },
  ],
};

const cronJob = {
  schedule: '* */1 * * ?',
  concurrencyPolicy: 'Allow',
  suspend: true,
  jobTemplate: {
    spec: {
      template: { spec: { restartPolicy: 'OnFailure', containers: [{ name: 'c', image: 'nowhere.invalid/none' }] } },
    },
  },
};

const endpointSlice = (name: string) => ({
  metadata: { name },
  addressType: 'IPv4',
  endpoints: [{ addresses: ['1.2.3.4', '5.6.7.8'] }],
});

const deviceClass = { selectors: [{ cel: { expression: 'device.driver == "dra.example.com"' } }] };
const claim = { devices: { requests: [{ name: 'req-0', exactly: { deviceClassName: 'dra.example.com' } }] } };

/** Addresses that no Service range of a test cluster has: TEST-NET-2, one for each of the two objects. */
const ipAddress = (name: string) => ({
  metadata: { name: `198.51.100.${name.endsWith('-1') ? 101 : 102}` },
  spec: { parentRef: { group: 'example.com', resource: 'things', namespace: 'default', name: 'thing' } },
});
const serviceCidr = (name: string) => ({
  metadata: { name },
  spec: { cidrs: [name.endsWith('-1') ? '198.18.0.0/24' : '198.18.1.0/24'] },
});

const storageClass = (name: string) => ({
  metadata: { name },
  provisioner: 'e2e-fake-provisioner',
  volumeBindingMode: 'WaitForFirstConsumer',
});
const attachment = {
  attacher: 'e2e-test-attacher',
  nodeName: 'nowhere',
  source: { persistentVolumeName: 'nothing' },
};
const volume = {
  accessModes: ['ReadWriteOnce'],
  capacity: { storage: '1Gi' },
  persistentVolumeReclaimPolicy: 'Delete',
  storageClassName: 'nobody-provisions',
  csi: { driver: 'e2e-driver', volumeHandle: 'e2e-const-handle' },
};
const volumeClaim = {
  accessModes: ['ReadWriteOnce'],
  storageClassName: 'nobody-provisions',
  resources: { requests: { storage: '1Gi' } },
};
const condition = (type: string) => ({ conditions: [{ type, status: 'True', reason: 'Tested', message: 'seen' }] });

const subjects: Readonly<Record<string, Subject | readonly Subject[]>> = {
  'Priority and Fairness FlowSchema API': { type: Resources.flowSchemas, status: true, object: named(flowSchema) },
  'Priority and Fairness PriorityLevelConfiguration API': {
    type: Resources.priorityLevelConfigurations,
    status: true,
    object: named(priorityLevel),
  },
  'ValidatingAdmissionPolicy API': {
    type: Resources.validatingAdmissionPolicies,
    status: true,
    object: named(validatingPolicy),
  },
  'ValidatingadmissionPolicyBinding API': {
    type: Resources.validatingAdmissionPolicyBindings,
    object: named({ policyName: 'absent.example.com', validationActions: ['Warn'] }),
  },
  'MutatingAdmissionPolicy API': { type: Resources.mutatingAdmissionPolicies, object: named(mutatingPolicy) },
  'MutatingAdmissionPolicyBinding API': {
    type: Resources.mutatingAdmissionPolicyBindings,
    object: named({ policyName: 'absent.example.com' }),
  },
  'Ingress API': {
    type: Resources.ingresses,
    object: named(ingress),
    status: { loadBalancer: { ingress: [{ ip: '169.1.1.1' }] } },
  },
  'IngressClass API': { type: Resources.ingressClasses, object: named({ controller: 'example.com/controller' }) },
  'EndpointSlice API': { type: Resources.endpointSlices, object: endpointSlice },
  'CronJob API Operations': {
    type: Resources.cronJobs,
    object: named(cronJob),
    status: { lastScheduleTime: '2026-01-02T03:04:05Z' },
  },
  'RuntimeClass API': {
    type: Resources.runtimeClasses,
    object: (name) => ({ metadata: { name }, handler: 'nobody-has-it' }),
  },
  'IPAddress API': { type: Resources.ipAddresses, object: ipAddress },
  'ServiceCIDR API': { type: Resources.serviceCIDRs, object: serviceCidr, status: true },
  'CRUD operations for deviceclasses': { type: Resources.deviceClasses, object: named(deviceClass) },
  'CRUD operations for resourceclaims': { type: Resources.resourceClaims, object: named(claim), status: true },
  'CRUD operations for resourceclaimtemplates': {
    type: Resources.resourceClaimTemplates,
    object: named({ spec: claim }),
  },
  'CRUD operations for resoureslices': {
    type: Resources.resourceSlices,
    object: (name) => ({
      metadata: { name },
      spec: { driver: 'dra.example.com', allNodes: true, pool: { name, generation: 1, resourceSliceCount: 1 } },
    }),
  },
  'CSIDriver, lifecycle': { type: Resources.csiDrivers, object: named({ attachRequired: false }) },
  'CSINode, lifecycle': { type: Resources.csiNodes, object: named({ drivers: [] }) },
  'CSIStorageCapacity API': {
    type: Resources.csiStorageCapacities,
    object: (name) => ({ metadata: { name }, storageClassName: 'nobody-provisions', capacity: '1Gi' }),
  },
  'StorageClass, lifecycle': { type: Resources.storageClasses, object: storageClass },
  'VolumeAttachment, lifecycle': { type: Resources.volumeAttachments, object: named(attachment) },
  'VolumeAttachment, apply changes to a volumeattachment status': {
    type: Resources.volumeAttachments,
    object: named(attachment),
    status: { attached: true },
  },
  'VolumeAttributesClass, lifecycle': {
    type: Resources.volumeAttributesClasses,
    object: (name) => ({ metadata: { name }, driverName: 'e2e-driver', parameters: { iops: '100' } }),
  },
  'PersistentVolumes(Claims), lifecycle': [
    { type: Resources.persistentVolumes, object: named(volume) },
    { type: Resources.persistentVolumeClaims, object: named(volumeClaim) },
  ],
  'PersistentVolumes(Claims), apply changes to a pv/pvc status': [
    {
      type: Resources.persistentVolumes,
      object: named(volume),
      status: { reason: 'StatusPatched', message: 'seen by the test' },
    },
    { type: Resources.persistentVolumeClaims, object: named(volumeClaim), status: condition('StatusPatched') },
  ],
};

export const apiOperationTests: readonly ConformanceTest[] = Object.entries(subjects).map(([name, subject]) => ({
  name,
  async run(trial) {
    for (const each of [subject].flat()) await everyVerb(trial, each);
  },
}));
