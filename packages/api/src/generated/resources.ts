// Generated from facts/ by generator/. To change it, change those and run: npm run generate
import type { ResourceType } from '../contract.ts';
import type { MutatingAdmissionPolicy, MutatingAdmissionPolicyBinding, MutatingWebhookConfiguration, V1alpha1MutatingAdmissionPolicy, V1alpha1MutatingAdmissionPolicyBinding, V1beta1MutatingAdmissionPolicy, V1beta1MutatingAdmissionPolicyBinding, ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding, ValidatingWebhookConfiguration } from './admissionregistration.ts';
import type { CustomResourceDefinition } from './apiextensions.ts';
import type { APIService } from './apiregistration.ts';
import type { V1alpha1StorageVersion } from './apiserverinternal.ts';
import type { ControllerRevision, DaemonSet, Deployment, ReplicaSet, StatefulSet } from './apps.ts';
import type { SelfSubjectReview, TokenReview } from './authentication.ts';
import type { LocalSubjectAccessReview, SelfSubjectAccessReview, SelfSubjectRulesReview, SubjectAccessReview } from './authorization.ts';
import type { HorizontalPodAutoscaler, V1HorizontalPodAutoscaler } from './autoscaling.ts';
import type { CronJob, Job } from './batch.ts';
import type { CertificateSigningRequest, V1alpha1ClusterTrustBundle, V1beta1ClusterTrustBundle, V1beta1PodCertificateRequest } from './certificates.ts';
import type { Lease, V1alpha2LeaseCandidate, V1beta1LeaseCandidate } from './coordination.ts';
import type { Binding, ComponentStatus, ConfigMap, Endpoints, Event, LimitRange, Namespace, Node, PersistentVolume, PersistentVolumeClaim, Pod, PodTemplate, ReplicationController, ResourceQuota, Secret, Service, ServiceAccount } from './core.ts';
import type { EndpointSlice } from './discovery.ts';
import type { EventsEvent } from './events.ts';
import type { FlowSchema, PriorityLevelConfiguration } from './flowcontrol.ts';
import type { V1beta1NodeMetrics, V1beta1PodMetrics } from './metrics.ts';
import type { IPAddress, Ingress, IngressClass, NetworkPolicy, ServiceCIDR, V1beta1IPAddress, V1beta1ServiceCIDR } from './networking.ts';
import type { RuntimeClass } from './node.ts';
import type { PodDisruptionBudget } from './policy.ts';
import type { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from './rbac.ts';
import type { DeviceClass, ResourceClaimTemplate, ResourceResourceClaim, ResourceSlice, V1alpha3DeviceTaintRule, V1alpha3ResourcePoolStatusRequest, V1beta1DeviceClass, V1beta1ResourceClaim, V1beta1ResourceClaimTemplate, V1beta1ResourceSlice, V1beta2DeviceClass, V1beta2DeviceTaintRule, V1beta2ResourceClaim, V1beta2ResourceClaimTemplate, V1beta2ResourceSlice } from './resource.ts';
import type { PriorityClass, V1alpha2PodGroup, V1alpha2Workload } from './scheduling.ts';
import type { CSIDriver, CSINode, CSIStorageCapacity, StorageClass, V1beta1VolumeAttributesClass, VolumeAttachment, VolumeAttributesClass } from './storage.ts';
import type { V1beta1StorageVersionMigration } from './storagemigration.ts';

/** One constant per served resource, named by the plural in the casing of its kind. */
export const Resources = {
  bindings: { group: '', version: 'v1', kind: 'Binding', plural: 'bindings', namespaced: true } as ResourceType<Binding>,
  componentStatuses: { group: '', version: 'v1', kind: 'ComponentStatus', plural: 'componentstatuses', namespaced: false } as ResourceType<ComponentStatus>,
  configMaps: { group: '', version: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true } as ResourceType<ConfigMap>,
  endpoints: { group: '', version: 'v1', kind: 'Endpoints', plural: 'endpoints', namespaced: true } as ResourceType<Endpoints>,
  events: { group: '', version: 'v1', kind: 'Event', plural: 'events', namespaced: true } as ResourceType<Event>,
  limitRanges: { group: '', version: 'v1', kind: 'LimitRange', plural: 'limitranges', namespaced: true } as ResourceType<LimitRange>,
  namespaces: { group: '', version: 'v1', kind: 'Namespace', plural: 'namespaces', namespaced: false } as ResourceType<Namespace>,
  nodes: { group: '', version: 'v1', kind: 'Node', plural: 'nodes', namespaced: false } as ResourceType<Node>,
  persistentVolumeClaims: { group: '', version: 'v1', kind: 'PersistentVolumeClaim', plural: 'persistentvolumeclaims', namespaced: true } as ResourceType<PersistentVolumeClaim>,
  persistentVolumes: { group: '', version: 'v1', kind: 'PersistentVolume', plural: 'persistentvolumes', namespaced: false } as ResourceType<PersistentVolume>,
  pods: { group: '', version: 'v1', kind: 'Pod', plural: 'pods', namespaced: true } as ResourceType<Pod>,
  podTemplates: { group: '', version: 'v1', kind: 'PodTemplate', plural: 'podtemplates', namespaced: true } as ResourceType<PodTemplate>,
  replicationControllers: { group: '', version: 'v1', kind: 'ReplicationController', plural: 'replicationcontrollers', namespaced: true } as ResourceType<ReplicationController>,
  resourceQuotas: { group: '', version: 'v1', kind: 'ResourceQuota', plural: 'resourcequotas', namespaced: true } as ResourceType<ResourceQuota>,
  secrets: { group: '', version: 'v1', kind: 'Secret', plural: 'secrets', namespaced: true } as ResourceType<Secret>,
  serviceAccounts: { group: '', version: 'v1', kind: 'ServiceAccount', plural: 'serviceaccounts', namespaced: true } as ResourceType<ServiceAccount>,
  services: { group: '', version: 'v1', kind: 'Service', plural: 'services', namespaced: true } as ResourceType<Service>,
  mutatingAdmissionPolicies: { group: 'admissionregistration.k8s.io', version: 'v1', kind: 'MutatingAdmissionPolicy', plural: 'mutatingadmissionpolicies', namespaced: false } as ResourceType<MutatingAdmissionPolicy>,
  mutatingAdmissionPolicyBindings: { group: 'admissionregistration.k8s.io', version: 'v1', kind: 'MutatingAdmissionPolicyBinding', plural: 'mutatingadmissionpolicybindings', namespaced: false } as ResourceType<MutatingAdmissionPolicyBinding>,
  mutatingWebhookConfigurations: { group: 'admissionregistration.k8s.io', version: 'v1', kind: 'MutatingWebhookConfiguration', plural: 'mutatingwebhookconfigurations', namespaced: false } as ResourceType<MutatingWebhookConfiguration>,
  validatingAdmissionPolicies: { group: 'admissionregistration.k8s.io', version: 'v1', kind: 'ValidatingAdmissionPolicy', plural: 'validatingadmissionpolicies', namespaced: false } as ResourceType<ValidatingAdmissionPolicy>,
  validatingAdmissionPolicyBindings: { group: 'admissionregistration.k8s.io', version: 'v1', kind: 'ValidatingAdmissionPolicyBinding', plural: 'validatingadmissionpolicybindings', namespaced: false } as ResourceType<ValidatingAdmissionPolicyBinding>,
  validatingWebhookConfigurations: { group: 'admissionregistration.k8s.io', version: 'v1', kind: 'ValidatingWebhookConfiguration', plural: 'validatingwebhookconfigurations', namespaced: false } as ResourceType<ValidatingWebhookConfiguration>,
  customResourceDefinitions: { group: 'apiextensions.k8s.io', version: 'v1', kind: 'CustomResourceDefinition', plural: 'customresourcedefinitions', namespaced: false } as ResourceType<CustomResourceDefinition>,
  apiServices: { group: 'apiregistration.k8s.io', version: 'v1', kind: 'APIService', plural: 'apiservices', namespaced: false } as ResourceType<APIService>,
  controllerRevisions: { group: 'apps', version: 'v1', kind: 'ControllerRevision', plural: 'controllerrevisions', namespaced: true } as ResourceType<ControllerRevision>,
  daemonSets: { group: 'apps', version: 'v1', kind: 'DaemonSet', plural: 'daemonsets', namespaced: true } as ResourceType<DaemonSet>,
  deployments: { group: 'apps', version: 'v1', kind: 'Deployment', plural: 'deployments', namespaced: true } as ResourceType<Deployment>,
  replicaSets: { group: 'apps', version: 'v1', kind: 'ReplicaSet', plural: 'replicasets', namespaced: true } as ResourceType<ReplicaSet>,
  statefulSets: { group: 'apps', version: 'v1', kind: 'StatefulSet', plural: 'statefulsets', namespaced: true } as ResourceType<StatefulSet>,
  selfSubjectReviews: { group: 'authentication.k8s.io', version: 'v1', kind: 'SelfSubjectReview', plural: 'selfsubjectreviews', namespaced: false } as ResourceType<SelfSubjectReview>,
  tokenReviews: { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenReview', plural: 'tokenreviews', namespaced: false } as ResourceType<TokenReview>,
  localSubjectAccessReviews: { group: 'authorization.k8s.io', version: 'v1', kind: 'LocalSubjectAccessReview', plural: 'localsubjectaccessreviews', namespaced: true } as ResourceType<LocalSubjectAccessReview>,
  selfSubjectAccessReviews: { group: 'authorization.k8s.io', version: 'v1', kind: 'SelfSubjectAccessReview', plural: 'selfsubjectaccessreviews', namespaced: false } as ResourceType<SelfSubjectAccessReview>,
  selfSubjectRulesReviews: { group: 'authorization.k8s.io', version: 'v1', kind: 'SelfSubjectRulesReview', plural: 'selfsubjectrulesreviews', namespaced: false } as ResourceType<SelfSubjectRulesReview>,
  subjectAccessReviews: { group: 'authorization.k8s.io', version: 'v1', kind: 'SubjectAccessReview', plural: 'subjectaccessreviews', namespaced: false } as ResourceType<SubjectAccessReview>,
  horizontalPodAutoscalers: { group: 'autoscaling', version: 'v2', kind: 'HorizontalPodAutoscaler', plural: 'horizontalpodautoscalers', namespaced: true } as ResourceType<HorizontalPodAutoscaler>,
  v1HorizontalPodAutoscalers: { group: 'autoscaling', version: 'v1', kind: 'HorizontalPodAutoscaler', plural: 'horizontalpodautoscalers', namespaced: true } as ResourceType<V1HorizontalPodAutoscaler>,
  cronJobs: { group: 'batch', version: 'v1', kind: 'CronJob', plural: 'cronjobs', namespaced: true } as ResourceType<CronJob>,
  jobs: { group: 'batch', version: 'v1', kind: 'Job', plural: 'jobs', namespaced: true } as ResourceType<Job>,
  certificateSigningRequests: { group: 'certificates.k8s.io', version: 'v1', kind: 'CertificateSigningRequest', plural: 'certificatesigningrequests', namespaced: false } as ResourceType<CertificateSigningRequest>,
  leases: { group: 'coordination.k8s.io', version: 'v1', kind: 'Lease', plural: 'leases', namespaced: true } as ResourceType<Lease>,
  endpointSlices: { group: 'discovery.k8s.io', version: 'v1', kind: 'EndpointSlice', plural: 'endpointslices', namespaced: true } as ResourceType<EndpointSlice>,
  eventsEvents: { group: 'events.k8s.io', version: 'v1', kind: 'Event', plural: 'events', namespaced: true } as ResourceType<EventsEvent>,
  flowSchemas: { group: 'flowcontrol.apiserver.k8s.io', version: 'v1', kind: 'FlowSchema', plural: 'flowschemas', namespaced: false } as ResourceType<FlowSchema>,
  priorityLevelConfigurations: { group: 'flowcontrol.apiserver.k8s.io', version: 'v1', kind: 'PriorityLevelConfiguration', plural: 'prioritylevelconfigurations', namespaced: false } as ResourceType<PriorityLevelConfiguration>,
  ingressClasses: { group: 'networking.k8s.io', version: 'v1', kind: 'IngressClass', plural: 'ingressclasses', namespaced: false } as ResourceType<IngressClass>,
  ingresses: { group: 'networking.k8s.io', version: 'v1', kind: 'Ingress', plural: 'ingresses', namespaced: true } as ResourceType<Ingress>,
  ipAddresses: { group: 'networking.k8s.io', version: 'v1', kind: 'IPAddress', plural: 'ipaddresses', namespaced: false } as ResourceType<IPAddress>,
  networkPolicies: { group: 'networking.k8s.io', version: 'v1', kind: 'NetworkPolicy', plural: 'networkpolicies', namespaced: true } as ResourceType<NetworkPolicy>,
  serviceCIDRs: { group: 'networking.k8s.io', version: 'v1', kind: 'ServiceCIDR', plural: 'servicecidrs', namespaced: false } as ResourceType<ServiceCIDR>,
  runtimeClasses: { group: 'node.k8s.io', version: 'v1', kind: 'RuntimeClass', plural: 'runtimeclasses', namespaced: false } as ResourceType<RuntimeClass>,
  podDisruptionBudgets: { group: 'policy', version: 'v1', kind: 'PodDisruptionBudget', plural: 'poddisruptionbudgets', namespaced: true } as ResourceType<PodDisruptionBudget>,
  clusterRoleBindings: { group: 'rbac.authorization.k8s.io', version: 'v1', kind: 'ClusterRoleBinding', plural: 'clusterrolebindings', namespaced: false } as ResourceType<ClusterRoleBinding>,
  clusterRoles: { group: 'rbac.authorization.k8s.io', version: 'v1', kind: 'ClusterRole', plural: 'clusterroles', namespaced: false } as ResourceType<ClusterRole>,
  roleBindings: { group: 'rbac.authorization.k8s.io', version: 'v1', kind: 'RoleBinding', plural: 'rolebindings', namespaced: true } as ResourceType<RoleBinding>,
  roles: { group: 'rbac.authorization.k8s.io', version: 'v1', kind: 'Role', plural: 'roles', namespaced: true } as ResourceType<Role>,
  deviceClasses: { group: 'resource.k8s.io', version: 'v1', kind: 'DeviceClass', plural: 'deviceclasses', namespaced: false } as ResourceType<DeviceClass>,
  resourceClaims: { group: 'resource.k8s.io', version: 'v1', kind: 'ResourceClaim', plural: 'resourceclaims', namespaced: true } as ResourceType<ResourceResourceClaim>,
  resourceClaimTemplates: { group: 'resource.k8s.io', version: 'v1', kind: 'ResourceClaimTemplate', plural: 'resourceclaimtemplates', namespaced: true } as ResourceType<ResourceClaimTemplate>,
  resourceSlices: { group: 'resource.k8s.io', version: 'v1', kind: 'ResourceSlice', plural: 'resourceslices', namespaced: false } as ResourceType<ResourceSlice>,
  priorityClasses: { group: 'scheduling.k8s.io', version: 'v1', kind: 'PriorityClass', plural: 'priorityclasses', namespaced: false } as ResourceType<PriorityClass>,
  csiDrivers: { group: 'storage.k8s.io', version: 'v1', kind: 'CSIDriver', plural: 'csidrivers', namespaced: false } as ResourceType<CSIDriver>,
  csiNodes: { group: 'storage.k8s.io', version: 'v1', kind: 'CSINode', plural: 'csinodes', namespaced: false } as ResourceType<CSINode>,
  csiStorageCapacities: { group: 'storage.k8s.io', version: 'v1', kind: 'CSIStorageCapacity', plural: 'csistoragecapacities', namespaced: true } as ResourceType<CSIStorageCapacity>,
  storageClasses: { group: 'storage.k8s.io', version: 'v1', kind: 'StorageClass', plural: 'storageclasses', namespaced: false } as ResourceType<StorageClass>,
  volumeAttachments: { group: 'storage.k8s.io', version: 'v1', kind: 'VolumeAttachment', plural: 'volumeattachments', namespaced: false } as ResourceType<VolumeAttachment>,
  volumeAttributesClasses: { group: 'storage.k8s.io', version: 'v1', kind: 'VolumeAttributesClass', plural: 'volumeattributesclasses', namespaced: false } as ResourceType<VolumeAttributesClass>,
  v1beta1MutatingAdmissionPolicies: { group: 'admissionregistration.k8s.io', version: 'v1beta1', kind: 'MutatingAdmissionPolicy', plural: 'mutatingadmissionpolicies', namespaced: false } as ResourceType<V1beta1MutatingAdmissionPolicy>,
  v1beta1MutatingAdmissionPolicyBindings: { group: 'admissionregistration.k8s.io', version: 'v1beta1', kind: 'MutatingAdmissionPolicyBinding', plural: 'mutatingadmissionpolicybindings', namespaced: false } as ResourceType<V1beta1MutatingAdmissionPolicyBinding>,
  v1alpha1MutatingAdmissionPolicies: { group: 'admissionregistration.k8s.io', version: 'v1alpha1', kind: 'MutatingAdmissionPolicy', plural: 'mutatingadmissionpolicies', namespaced: false } as ResourceType<V1alpha1MutatingAdmissionPolicy>,
  v1alpha1MutatingAdmissionPolicyBindings: { group: 'admissionregistration.k8s.io', version: 'v1alpha1', kind: 'MutatingAdmissionPolicyBinding', plural: 'mutatingadmissionpolicybindings', namespaced: false } as ResourceType<V1alpha1MutatingAdmissionPolicyBinding>,
  v1beta1ClusterTrustBundles: { group: 'certificates.k8s.io', version: 'v1beta1', kind: 'ClusterTrustBundle', plural: 'clustertrustbundles', namespaced: false } as ResourceType<V1beta1ClusterTrustBundle>,
  v1beta1PodCertificateRequests: { group: 'certificates.k8s.io', version: 'v1beta1', kind: 'PodCertificateRequest', plural: 'podcertificaterequests', namespaced: true } as ResourceType<V1beta1PodCertificateRequest>,
  v1alpha1ClusterTrustBundles: { group: 'certificates.k8s.io', version: 'v1alpha1', kind: 'ClusterTrustBundle', plural: 'clustertrustbundles', namespaced: false } as ResourceType<V1alpha1ClusterTrustBundle>,
  v1beta1LeaseCandidates: { group: 'coordination.k8s.io', version: 'v1beta1', kind: 'LeaseCandidate', plural: 'leasecandidates', namespaced: true } as ResourceType<V1beta1LeaseCandidate>,
  v1alpha2LeaseCandidates: { group: 'coordination.k8s.io', version: 'v1alpha2', kind: 'LeaseCandidate', plural: 'leasecandidates', namespaced: true } as ResourceType<V1alpha2LeaseCandidate>,
  v1alpha1StorageVersions: { group: 'internal.apiserver.k8s.io', version: 'v1alpha1', kind: 'StorageVersion', plural: 'storageversions', namespaced: false } as ResourceType<V1alpha1StorageVersion>,
  v1beta1Nodes: { group: 'metrics.k8s.io', version: 'v1beta1', kind: 'NodeMetrics', plural: 'nodes', namespaced: false } as ResourceType<V1beta1NodeMetrics>,
  v1beta1Pods: { group: 'metrics.k8s.io', version: 'v1beta1', kind: 'PodMetrics', plural: 'pods', namespaced: true } as ResourceType<V1beta1PodMetrics>,
  v1beta1IpAddresses: { group: 'networking.k8s.io', version: 'v1beta1', kind: 'IPAddress', plural: 'ipaddresses', namespaced: false } as ResourceType<V1beta1IPAddress>,
  v1beta1ServiceCIDRs: { group: 'networking.k8s.io', version: 'v1beta1', kind: 'ServiceCIDR', plural: 'servicecidrs', namespaced: false } as ResourceType<V1beta1ServiceCIDR>,
  v1beta2DeviceClasses: { group: 'resource.k8s.io', version: 'v1beta2', kind: 'DeviceClass', plural: 'deviceclasses', namespaced: false } as ResourceType<V1beta2DeviceClass>,
  v1beta2DeviceTaintRules: { group: 'resource.k8s.io', version: 'v1beta2', kind: 'DeviceTaintRule', plural: 'devicetaintrules', namespaced: false } as ResourceType<V1beta2DeviceTaintRule>,
  v1beta2ResourceClaims: { group: 'resource.k8s.io', version: 'v1beta2', kind: 'ResourceClaim', plural: 'resourceclaims', namespaced: true } as ResourceType<V1beta2ResourceClaim>,
  v1beta2ResourceClaimTemplates: { group: 'resource.k8s.io', version: 'v1beta2', kind: 'ResourceClaimTemplate', plural: 'resourceclaimtemplates', namespaced: true } as ResourceType<V1beta2ResourceClaimTemplate>,
  v1beta2ResourceSlices: { group: 'resource.k8s.io', version: 'v1beta2', kind: 'ResourceSlice', plural: 'resourceslices', namespaced: false } as ResourceType<V1beta2ResourceSlice>,
  v1beta1DeviceClasses: { group: 'resource.k8s.io', version: 'v1beta1', kind: 'DeviceClass', plural: 'deviceclasses', namespaced: false } as ResourceType<V1beta1DeviceClass>,
  v1beta1ResourceClaims: { group: 'resource.k8s.io', version: 'v1beta1', kind: 'ResourceClaim', plural: 'resourceclaims', namespaced: true } as ResourceType<V1beta1ResourceClaim>,
  v1beta1ResourceClaimTemplates: { group: 'resource.k8s.io', version: 'v1beta1', kind: 'ResourceClaimTemplate', plural: 'resourceclaimtemplates', namespaced: true } as ResourceType<V1beta1ResourceClaimTemplate>,
  v1beta1ResourceSlices: { group: 'resource.k8s.io', version: 'v1beta1', kind: 'ResourceSlice', plural: 'resourceslices', namespaced: false } as ResourceType<V1beta1ResourceSlice>,
  v1alpha3DeviceTaintRules: { group: 'resource.k8s.io', version: 'v1alpha3', kind: 'DeviceTaintRule', plural: 'devicetaintrules', namespaced: false } as ResourceType<V1alpha3DeviceTaintRule>,
  v1alpha3ResourcePoolStatusRequests: { group: 'resource.k8s.io', version: 'v1alpha3', kind: 'ResourcePoolStatusRequest', plural: 'resourcepoolstatusrequests', namespaced: false } as ResourceType<V1alpha3ResourcePoolStatusRequest>,
  v1alpha2PodGroups: { group: 'scheduling.k8s.io', version: 'v1alpha2', kind: 'PodGroup', plural: 'podgroups', namespaced: true } as ResourceType<V1alpha2PodGroup>,
  v1alpha2Workloads: { group: 'scheduling.k8s.io', version: 'v1alpha2', kind: 'Workload', plural: 'workloads', namespaced: true } as ResourceType<V1alpha2Workload>,
  v1beta1VolumeAttributesClasses: { group: 'storage.k8s.io', version: 'v1beta1', kind: 'VolumeAttributesClass', plural: 'volumeattributesclasses', namespaced: false } as ResourceType<V1beta1VolumeAttributesClass>,
  v1beta1StorageVersionMigrations: { group: 'storagemigration.k8s.io', version: 'v1beta1', kind: 'StorageVersionMigration', plural: 'storageversionmigrations', namespaced: false } as ResourceType<V1beta1StorageVersionMigration>,
} as const;
