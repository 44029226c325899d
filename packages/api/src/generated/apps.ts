// Generated from facts/ by generator/. To change it, change those and run: npm run generate
import type { ConditionStatus, PersistentVolumeClaim, PodTemplateSpec } from './core.ts';
import type { LabelSelector, ListMeta, ObjectMeta } from './meta.ts';

export interface ControllerRevision {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly data?: Readonly<Record<string, unknown>> | undefined;
  readonly revision: number;
}

export interface ControllerRevisionList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly ControllerRevision[];
}

export interface DaemonSet {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly spec: DaemonSetSpec;
  readonly status?: DaemonSetStatus | undefined;
}

export interface DaemonSetCondition {
  readonly type: DaemonSetConditionType;
  readonly status: ConditionStatus;
  readonly lastTransitionTime?: string | undefined;
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
}

export type DaemonSetConditionType = string;

export interface DaemonSetList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly DaemonSet[];
}

export interface DaemonSetSpec {
  readonly selector: LabelSelector;
  readonly template: PodTemplateSpec;
  readonly updateStrategy?: DaemonSetUpdateStrategy | undefined;
  readonly minReadySeconds?: number | undefined;
  readonly revisionHistoryLimit?: number | undefined;
}

export interface DaemonSetStatus {
  readonly currentNumberScheduled: number;
  readonly numberMisscheduled: number;
  readonly desiredNumberScheduled: number;
  readonly numberReady: number;
  readonly observedGeneration?: number | undefined;
  readonly updatedNumberScheduled?: number | undefined;
  readonly numberAvailable?: number | undefined;
  readonly numberUnavailable?: number | undefined;
  readonly collisionCount?: number | undefined;
  readonly conditions?: readonly DaemonSetCondition[] | undefined;
}

export interface DaemonSetUpdateStrategy {
  readonly type?: DaemonSetUpdateStrategyType | undefined;
  readonly rollingUpdate?: RollingUpdateDaemonSet | undefined;
}

export type DaemonSetUpdateStrategyType = 'RollingUpdate' | 'OnDelete' | (string & {});

export interface Deployment {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly spec: DeploymentSpec;
  readonly status?: DeploymentStatus | undefined;
}

export interface DeploymentCondition {
  readonly type: DeploymentConditionType;
  readonly status: ConditionStatus;
  readonly lastUpdateTime?: string | undefined;
  readonly lastTransitionTime?: string | undefined;
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
}

export type DeploymentConditionType = 'Available' | 'Progressing' | 'ReplicaFailure' | (string & {});

export interface DeploymentList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly Deployment[];
}

export interface DeploymentSpec {
  readonly replicas?: number | undefined;
  readonly selector: LabelSelector;
  readonly template: PodTemplateSpec;
  readonly strategy?: DeploymentStrategy | undefined;
  readonly minReadySeconds?: number | undefined;
  readonly revisionHistoryLimit?: number | undefined;
  readonly paused?: boolean | undefined;
  readonly progressDeadlineSeconds?: number | undefined;
}

export interface DeploymentStatus {
  readonly observedGeneration?: number | undefined;
  readonly replicas?: number | undefined;
  readonly updatedReplicas?: number | undefined;
  readonly readyReplicas?: number | undefined;
  readonly availableReplicas?: number | undefined;
  readonly unavailableReplicas?: number | undefined;
  readonly terminatingReplicas?: number | undefined;
  readonly conditions?: readonly DeploymentCondition[] | undefined;
  readonly collisionCount?: number | undefined;
}

export interface DeploymentStrategy {
  readonly type?: DeploymentStrategyType | undefined;
  readonly rollingUpdate?: RollingUpdateDeployment | undefined;
}

export type DeploymentStrategyType = 'Recreate' | 'RollingUpdate' | (string & {});

export type PersistentVolumeClaimRetentionPolicyType = 'Retain' | 'Delete' | (string & {});

export type PodManagementPolicyType = 'OrderedReady' | 'Parallel' | (string & {});

export interface ReplicaSet {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly spec: ReplicaSetSpec;
  readonly status?: ReplicaSetStatus | undefined;
}

export interface ReplicaSetCondition {
  readonly type: ReplicaSetConditionType;
  readonly status: ConditionStatus;
  readonly lastTransitionTime?: string | undefined;
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
}

export type ReplicaSetConditionType = 'ReplicaFailure' | (string & {});

export interface ReplicaSetList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly ReplicaSet[];
}

export interface ReplicaSetSpec {
  readonly replicas?: number | undefined;
  readonly minReadySeconds?: number | undefined;
  readonly selector: LabelSelector;
  readonly template?: PodTemplateSpec | undefined;
}

export interface ReplicaSetStatus {
  readonly replicas: number;
  readonly fullyLabeledReplicas?: number | undefined;
  readonly readyReplicas?: number | undefined;
  readonly availableReplicas?: number | undefined;
  readonly terminatingReplicas?: number | undefined;
  readonly observedGeneration?: number | undefined;
  readonly conditions?: readonly ReplicaSetCondition[] | undefined;
}

export interface RollingUpdateDaemonSet {
  readonly maxUnavailable?: number | string | undefined;
  readonly maxSurge?: number | string | undefined;
}

export interface RollingUpdateDeployment {
  readonly maxUnavailable?: number | string | undefined;
  readonly maxSurge?: number | string | undefined;
}

export interface RollingUpdateStatefulSetStrategy {
  readonly partition?: number | undefined;
  readonly maxUnavailable?: number | string | undefined;
}

export interface StatefulSet {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly spec: StatefulSetSpec;
  readonly status?: StatefulSetStatus | undefined;
}

export interface StatefulSetCondition {
  readonly type: StatefulSetConditionType;
  readonly status: ConditionStatus;
  readonly lastTransitionTime?: string | undefined;
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
}

export type StatefulSetConditionType = string;

export interface StatefulSetList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly StatefulSet[];
}

export interface StatefulSetOrdinals {
  readonly start?: number | undefined;
}

export interface StatefulSetPersistentVolumeClaimRetentionPolicy {
  readonly whenDeleted?: PersistentVolumeClaimRetentionPolicyType | undefined;
  readonly whenScaled?: PersistentVolumeClaimRetentionPolicyType | undefined;
}

export interface StatefulSetSpec {
  readonly replicas?: number | undefined;
  readonly selector: LabelSelector;
  readonly template: PodTemplateSpec;
  readonly volumeClaimTemplates?: readonly PersistentVolumeClaim[] | undefined;
  readonly serviceName?: string | undefined;
  readonly podManagementPolicy?: PodManagementPolicyType | undefined;
  readonly updateStrategy?: StatefulSetUpdateStrategy | undefined;
  readonly revisionHistoryLimit?: number | undefined;
  readonly minReadySeconds?: number | undefined;
  readonly persistentVolumeClaimRetentionPolicy?: StatefulSetPersistentVolumeClaimRetentionPolicy | undefined;
  readonly ordinals?: StatefulSetOrdinals | undefined;
}

export interface StatefulSetStatus {
  readonly observedGeneration?: number | undefined;
  readonly replicas: number;
  readonly readyReplicas?: number | undefined;
  readonly currentReplicas?: number | undefined;
  readonly updatedReplicas?: number | undefined;
  readonly currentRevision?: string | undefined;
  readonly updateRevision?: string | undefined;
  readonly collisionCount?: number | undefined;
  readonly conditions?: readonly StatefulSetCondition[] | undefined;
  readonly availableReplicas?: number | undefined;
}

export interface StatefulSetUpdateStrategy {
  readonly type?: StatefulSetUpdateStrategyType | undefined;
  readonly rollingUpdate?: RollingUpdateStatefulSetStrategy | undefined;
}

export type StatefulSetUpdateStrategyType = 'RollingUpdate' | 'OnDelete' | (string & {});
