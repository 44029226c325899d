// Generated from facts/ by generator/. To change it, change those and run: npm run generate
import type { PreemptionPolicy } from './core.ts';
import type { Condition, ListMeta, ObjectMeta } from './meta.ts';

export interface PriorityClass {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly value?: number | undefined;
  readonly globalDefault?: boolean | undefined;
  readonly description?: string | undefined;
  readonly preemptionPolicy?: PreemptionPolicy | undefined;
}

export interface PriorityClassList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly PriorityClass[];
}

export interface V1alpha2BasicSchedulingPolicy {
}

export type V1alpha2DisruptionMode = 'Pod' | 'PodGroup' | (string & {});

export interface V1alpha2GangSchedulingPolicy {
  readonly minCount: number;
}

export interface V1alpha2PodGroup {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly spec: V1alpha2PodGroupSpec;
  readonly status?: V1alpha2PodGroupStatus | undefined;
}

export interface V1alpha2PodGroupList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly V1alpha2PodGroup[];
}

export interface V1alpha2PodGroupResourceClaim {
  readonly name: string;
  readonly resourceClaimName?: string | undefined;
  readonly resourceClaimTemplateName?: string | undefined;
}

export interface V1alpha2PodGroupResourceClaimStatus {
  readonly name: string;
  readonly resourceClaimName?: string | undefined;
}

export interface V1alpha2PodGroupSchedulingConstraints {
  readonly topology?: readonly V1alpha2TopologyConstraint[] | undefined;
}

export interface V1alpha2PodGroupSchedulingPolicy {
  readonly basic?: V1alpha2BasicSchedulingPolicy | undefined;
  readonly gang?: V1alpha2GangSchedulingPolicy | undefined;
}

export interface V1alpha2PodGroupSpec {
  readonly podGroupTemplateRef?: V1alpha2PodGroupTemplateReference | undefined;
  readonly schedulingPolicy: V1alpha2PodGroupSchedulingPolicy;
  readonly schedulingConstraints?: V1alpha2PodGroupSchedulingConstraints | undefined;
  readonly resourceClaims?: readonly V1alpha2PodGroupResourceClaim[] | undefined;
  readonly disruptionMode?: V1alpha2DisruptionMode | undefined;
  readonly priorityClassName?: string | undefined;
  readonly priority?: number | undefined;
}

export interface V1alpha2PodGroupStatus {
  readonly conditions?: readonly Condition[] | undefined;
  readonly resourceClaimStatuses?: readonly V1alpha2PodGroupResourceClaimStatus[] | undefined;
}

export interface V1alpha2PodGroupTemplate {
  readonly name: string;
  readonly schedulingPolicy: V1alpha2PodGroupSchedulingPolicy;
  readonly schedulingConstraints?: V1alpha2PodGroupSchedulingConstraints | undefined;
  readonly resourceClaims?: readonly V1alpha2PodGroupResourceClaim[] | undefined;
  readonly disruptionMode?: V1alpha2DisruptionMode | undefined;
  readonly priorityClassName?: string | undefined;
  readonly priority?: number | undefined;
}

export interface V1alpha2PodGroupTemplateReference {
  readonly workload?: V1alpha2WorkloadPodGroupTemplateReference | undefined;
}

export interface V1alpha2TopologyConstraint {
  readonly key: string;
}

export interface V1alpha2TypedLocalObjectReference {
  readonly apiGroup?: string | undefined;
  readonly kind: string;
  readonly name: string;
}

export interface V1alpha2Workload {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly spec: V1alpha2WorkloadSpec;
}

export interface V1alpha2WorkloadList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly V1alpha2Workload[];
}

export interface V1alpha2WorkloadPodGroupTemplateReference {
  readonly workloadName: string;
  readonly podGroupTemplateName: string;
}

export interface V1alpha2WorkloadSpec {
  readonly controllerRef?: V1alpha2TypedLocalObjectReference | undefined;
  readonly podGroupTemplates: readonly V1alpha2PodGroupTemplate[];
}
