/** Every kind's own rules, by `group/plural`. Resources that are missing here have none: the registry's generic ones apply. */
import type { KubeObject } from '@steersman/api';
import { serviceAllocation } from '../allocators/service-allocation.ts';
import type { Strategy } from '../registry/contract.ts';
import type { ExtensionDependencies } from '../registry/subresource-contract.ts';
import {
  mutatingAdmissionPolicy,
  mutatingAdmissionPolicyBinding,
  validatingAdmissionPolicy,
  validatingAdmissionPolicyBinding,
} from './admissionregistration/admission-policy.ts';
import {
  mutatingWebhookConfiguration,
  validatingWebhookConfiguration,
} from './admissionregistration/webhook-configuration.ts';
import { customResourceDefinition } from './apiextensions/custom-resource-definition.ts';
import { apiService } from './apiregistration/api-service.ts';
import { storageVersion } from './apiserverinternal/storage-version.ts';
import { controllerRevision } from './apps/controller-revision.ts';
import { daemonSet } from './apps/daemon-set.ts';
import { deployment } from './apps/deployment.ts';
import { replicaSet } from './apps/replica-set.ts';
import { statefulSet } from './apps/stateful-set.ts';
import { horizontalPodAutoscaler } from './autoscaling/horizontal-pod-autoscaler.ts';
import { cronJob } from './batch/cron-job.ts';
import { job } from './batch/job.ts';
import { certificateSigningRequest } from './certificates/certificate-signing-request.ts';
import { lease } from './coordination/lease.ts';
import { leaseCandidate } from './coordination/lease-candidate.ts';
import { configMap } from './core/config-map.ts';
import { endpoints } from './core/endpoints.ts';
import { limitRange } from './core/limit-range.ts';
import { namespace } from './core/namespace.ts';
import { node } from './core/node.ts';
import { persistentVolume } from './core/persistent-volume.ts';
import { persistentVolumeClaim } from './core/persistent-volume-claim.ts';
import { pod } from './core/pod.ts';
import { podTemplate } from './core/pod-template.ts';
import { replicationController } from './core/replication-controller.ts';
import { resourceQuota } from './core/resource-quota.ts';
import { secret } from './core/secret.ts';
import { service } from './core/service.ts';
import { serviceAccount } from './core/service-account.ts';
import { endpointSlice } from './discovery/endpoint-slice.ts';
import { event, strictEvent } from './events/event.ts';
import { flowSchema } from './flowcontrol/flow-schema.ts';
import { priorityLevelConfiguration } from './flowcontrol/priority-level-configuration.ts';
import { ingress } from './networking/ingress.ts';
import { ingressClass } from './networking/ingress-class.ts';
import { ipAddress } from './networking/ip-address.ts';
import { networkPolicy } from './networking/network-policy.ts';
import { serviceCidr } from './networking/service-cidr.ts';
import { runtimeClass } from './node/runtime-class.ts';
import { refusingPrivileged } from './pod-spec/privileged.ts';
import { podDisruptionBudget } from './policy/pod-disruption-budget.ts';
import { clusterRole } from './rbac/cluster-role.ts';
import { clusterRoleBinding } from './rbac/cluster-role-binding.ts';
import { role } from './rbac/role.ts';
import { roleBinding } from './rbac/role-binding.ts';
import { deviceClass, resourceClaim, resourceClaimTemplate, resourceSlice } from './resource/device-allocation.ts';
import { priorityClass } from './scheduling/priority-class.ts';
import { csiDriver } from './storage/csi-driver.ts';
import { csiNode } from './storage/csi-node.ts';
import { csiStorageCapacity } from './storage/csi-storage-capacity.ts';
import { storageClass } from './storage/storage-class.ts';
import { volumeAttachment } from './storage/volume-attachment.ts';
import { volumeAttributesClass } from './storage/volume-attributes-class.ts';

export { subresourceHandlers } from '../subresources/index.ts';

/** A strategy of one kind as one of any kind: the registry hands each only objects of its own resource. */
function of<T extends KubeObject>(resource: string, strategy: Strategy<T>): [string, Strategy] {
  return [resource, strategy as unknown as Strategy];
}

/** Without side effects: Services get no addresses from this map; see `strategiesFor`. */
export const strategies: ReadonlyMap<string, Strategy> = new Map([
  of('/configmaps', configMap),
  of('/endpoints', endpoints),
  of('/events', event),
  of('/limitranges', limitRange),
  of('/namespaces', namespace),
  of('/nodes', node),
  of('/persistentvolumeclaims', persistentVolumeClaim),
  of('/persistentvolumes', persistentVolume),
  of('/pods', pod),
  of('/podtemplates', podTemplate),
  of('/replicationcontrollers', replicationController),
  of('/resourcequotas', resourceQuota),
  of('/secrets', secret),
  of('/serviceaccounts', serviceAccount),
  of('/services', service),
  of('admissionregistration.k8s.io/mutatingadmissionpolicies', mutatingAdmissionPolicy),
  of('admissionregistration.k8s.io/mutatingadmissionpolicybindings', mutatingAdmissionPolicyBinding),
  of('admissionregistration.k8s.io/mutatingwebhookconfigurations', mutatingWebhookConfiguration),
  of('admissionregistration.k8s.io/validatingadmissionpolicies', validatingAdmissionPolicy),
  of('admissionregistration.k8s.io/validatingadmissionpolicybindings', validatingAdmissionPolicyBinding),
  of('admissionregistration.k8s.io/validatingwebhookconfigurations', validatingWebhookConfiguration),
  of('apiextensions.k8s.io/customresourcedefinitions', customResourceDefinition),
  of('apiregistration.k8s.io/apiservices', apiService),
  of('apps/controllerrevisions', controllerRevision),
  of('apps/daemonsets', daemonSet),
  of('apps/deployments', deployment),
  of('apps/replicasets', replicaSet),
  of('apps/statefulsets', statefulSet),
  of('autoscaling/horizontalpodautoscalers', horizontalPodAutoscaler),
  of('batch/cronjobs', cronJob),
  of('batch/jobs', job),
  of('certificates.k8s.io/certificatesigningrequests', certificateSigningRequest),
  of('coordination.k8s.io/leases', lease),
  of('coordination.k8s.io/leasecandidates', leaseCandidate),
  of('discovery.k8s.io/endpointslices', endpointSlice),
  of('events.k8s.io/events', strictEvent),
  of('flowcontrol.apiserver.k8s.io/flowschemas', flowSchema),
  of('flowcontrol.apiserver.k8s.io/prioritylevelconfigurations', priorityLevelConfiguration),
  of('internal.apiserver.k8s.io/storageversions', storageVersion),
  of('networking.k8s.io/ingressclasses', ingressClass),
  of('networking.k8s.io/ingresses', ingress),
  of('networking.k8s.io/ipaddresses', ipAddress),
  of('networking.k8s.io/networkpolicies', networkPolicy),
  of('networking.k8s.io/servicecidrs', serviceCidr),
  of('node.k8s.io/runtimeclasses', runtimeClass),
  of('policy/poddisruptionbudgets', podDisruptionBudget),
  of('rbac.authorization.k8s.io/clusterrolebindings', clusterRoleBinding),
  of('rbac.authorization.k8s.io/clusterroles', clusterRole),
  of('rbac.authorization.k8s.io/rolebindings', roleBinding),
  of('rbac.authorization.k8s.io/roles', role),
  of('resource.k8s.io/deviceclasses', deviceClass),
  of('resource.k8s.io/resourceclaims', resourceClaim),
  of('resource.k8s.io/resourceclaimtemplates', resourceClaimTemplate),
  of('resource.k8s.io/resourceslices', resourceSlice),
  of('scheduling.k8s.io/priorityclasses', priorityClass),
  of('storage.k8s.io/csidrivers', csiDriver),
  of('storage.k8s.io/csinodes', csiNode),
  of('storage.k8s.io/csistoragecapacities', csiStorageCapacity),
  of('storage.k8s.io/storageclasses', storageClass),
  of('storage.k8s.io/volumeattachments', volumeAttachment),
  of('storage.k8s.io/volumeattributesclasses', volumeAttributesClass),
]);

/** The same with what needs the running server: Services get their addresses and node ports. */
export function strategiesFor({
  config,
  client,
  effects,
  storage,
  shown,
}: Pick<ExtensionDependencies, 'config' | 'client' | 'effects' | 'storage' | 'shown'>): ReadonlyMap<string, Strategy> {
  const allocation = serviceAllocation({
    ranges: config.serviceClusterIpRanges,
    nodePorts: config.serviceNodePortRange,
    client,
    storage,
    shown,
    effects,
  });
  const kept = { ttlSeconds: () => config.eventTtlSeconds };
  const all = new Map([
    ...strategies,
    of('/services', { ...service, ...allocation }),
    of('/events', { ...event, ...kept }),
    of('events.k8s.io/events', { ...strictEvent, ...kept }),
  ]);
  return config.allowPrivileged ? all : refusingPrivileged(all);
}
