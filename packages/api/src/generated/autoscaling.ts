// Generated from facts/ by generator/. To change it, change those and run: npm run generate
import type { ConditionStatus, ResourceName } from './core.ts';
import type { LabelSelector, ListMeta, ObjectMeta } from './meta.ts';

export interface ContainerResourceMetricSource {
  readonly name: ResourceName;
  readonly target: MetricTarget;
  readonly container: string;
}

export interface ContainerResourceMetricStatus {
  readonly name: ResourceName;
  readonly current: MetricValueStatus;
  readonly container: string;
}

export interface CrossVersionObjectReference {
  readonly kind: string;
  readonly name: string;
  readonly apiVersion?: string | undefined;
}

export interface ExternalMetricSource {
  readonly metric: MetricIdentifier;
  readonly target: MetricTarget;
}

export interface ExternalMetricStatus {
  readonly metric: MetricIdentifier;
  readonly current: MetricValueStatus;
}

export interface HPAScalingPolicy {
  readonly type: HPAScalingPolicyType;
  readonly value: number;
  readonly periodSeconds: number;
}

export type HPAScalingPolicyType = 'Pods' | 'Percent' | (string & {});

export interface HPAScalingRules {
  readonly stabilizationWindowSeconds?: number | undefined;
  readonly selectPolicy?: ScalingPolicySelect | undefined;
  readonly policies?: readonly HPAScalingPolicy[] | undefined;
  readonly tolerance?: string | undefined;
}

export interface HorizontalPodAutoscaler {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly spec: HorizontalPodAutoscalerSpec;
  readonly status?: HorizontalPodAutoscalerStatus | undefined;
}

export interface HorizontalPodAutoscalerBehavior {
  readonly scaleUp?: HPAScalingRules | undefined;
  readonly scaleDown?: HPAScalingRules | undefined;
}

export interface HorizontalPodAutoscalerCondition {
  readonly type: HorizontalPodAutoscalerConditionType;
  readonly status: ConditionStatus;
  readonly lastTransitionTime?: string | undefined;
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
}

export type HorizontalPodAutoscalerConditionType = 'ScalingActive' | 'AbleToScale' | 'ScalingLimited' | 'ScaledToZero' | (string & {});

export interface HorizontalPodAutoscalerList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly HorizontalPodAutoscaler[];
}

export interface HorizontalPodAutoscalerSpec {
  readonly scaleTargetRef: CrossVersionObjectReference;
  readonly minReplicas?: number | undefined;
  readonly maxReplicas: number;
  readonly metrics?: readonly MetricSpec[] | undefined;
  readonly behavior?: HorizontalPodAutoscalerBehavior | undefined;
}

export interface HorizontalPodAutoscalerStatus {
  readonly observedGeneration?: number | undefined;
  readonly lastScaleTime?: string | undefined;
  readonly currentReplicas?: number | undefined;
  readonly desiredReplicas: number;
  readonly currentMetrics?: readonly MetricStatus[] | undefined;
  readonly conditions?: readonly HorizontalPodAutoscalerCondition[] | undefined;
}

export interface MetricIdentifier {
  readonly name: string;
  readonly selector?: LabelSelector | undefined;
}

export type MetricSourceType = 'Object' | 'Pods' | 'Resource' | 'ContainerResource' | 'External' | (string & {});

export interface MetricSpec {
  readonly type: MetricSourceType;
  readonly object?: ObjectMetricSource | undefined;
  readonly pods?: PodsMetricSource | undefined;
  readonly resource?: ResourceMetricSource | undefined;
  readonly containerResource?: ContainerResourceMetricSource | undefined;
  readonly external?: ExternalMetricSource | undefined;
}

export interface MetricStatus {
  readonly type: MetricSourceType;
  readonly object?: ObjectMetricStatus | undefined;
  readonly pods?: PodsMetricStatus | undefined;
  readonly resource?: ResourceMetricStatus | undefined;
  readonly containerResource?: ContainerResourceMetricStatus | undefined;
  readonly external?: ExternalMetricStatus | undefined;
}

export interface MetricTarget {
  readonly type: MetricTargetType;
  readonly value?: string | undefined;
  readonly averageValue?: string | undefined;
  readonly averageUtilization?: number | undefined;
}

export type MetricTargetType = 'Utilization' | 'Value' | 'AverageValue' | (string & {});

export interface MetricValueStatus {
  readonly value?: string | undefined;
  readonly averageValue?: string | undefined;
  readonly averageUtilization?: number | undefined;
}

export interface ObjectMetricSource {
  readonly describedObject: CrossVersionObjectReference;
  readonly target: MetricTarget;
  readonly metric: MetricIdentifier;
}

export interface ObjectMetricStatus {
  readonly metric: MetricIdentifier;
  readonly current: MetricValueStatus;
  readonly describedObject: CrossVersionObjectReference;
}

export interface PodsMetricSource {
  readonly metric: MetricIdentifier;
  readonly target: MetricTarget;
}

export interface PodsMetricStatus {
  readonly metric: MetricIdentifier;
  readonly current: MetricValueStatus;
}

export interface ResourceMetricSource {
  readonly name: ResourceName;
  readonly target: MetricTarget;
}

export interface ResourceMetricStatus {
  readonly name: ResourceName;
  readonly current: MetricValueStatus;
}

export interface Scale {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly spec: ScaleSpec;
  readonly status?: ScaleStatus | undefined;
}

export interface ScaleSpec {
  readonly replicas?: number | undefined;
}

export interface ScaleStatus {
  readonly replicas: number;
  readonly selector?: string | undefined;
}

export type ScalingPolicySelect = 'Max' | 'Min' | 'Disabled' | (string & {});

export interface V1ContainerResourceMetricSource {
  readonly name: ResourceName;
  readonly targetAverageUtilization?: number | undefined;
  readonly targetAverageValue?: string | undefined;
  readonly container: string;
}

export interface V1ContainerResourceMetricStatus {
  readonly name: ResourceName;
  readonly currentAverageUtilization?: number | undefined;
  readonly currentAverageValue: string;
  readonly container: string;
}

export interface V1CrossVersionObjectReference {
  readonly kind: string;
  readonly name: string;
  readonly apiVersion?: string | undefined;
}

export interface V1ExternalMetricSource {
  readonly metricName: string;
  readonly metricSelector?: LabelSelector | undefined;
  readonly targetValue?: string | undefined;
  readonly targetAverageValue?: string | undefined;
}

export interface V1ExternalMetricStatus {
  readonly metricName: string;
  readonly metricSelector?: LabelSelector | undefined;
  readonly currentValue: string;
  readonly currentAverageValue?: string | undefined;
}

export interface V1HorizontalPodAutoscaler {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly spec: V1HorizontalPodAutoscalerSpec;
  readonly status?: V1HorizontalPodAutoscalerStatus | undefined;
}

export interface V1HorizontalPodAutoscalerCondition {
  readonly type: V1HorizontalPodAutoscalerConditionType;
  readonly status: ConditionStatus;
  readonly lastTransitionTime?: string | undefined;
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
}

export type V1HorizontalPodAutoscalerConditionType = 'ScalingActive' | 'AbleToScale' | 'ScalingLimited' | 'ScaledToZero' | (string & {});

export interface V1HorizontalPodAutoscalerList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly V1HorizontalPodAutoscaler[];
}

export interface V1HorizontalPodAutoscalerSpec {
  readonly scaleTargetRef: V1CrossVersionObjectReference;
  readonly minReplicas?: number | undefined;
  readonly maxReplicas: number;
  readonly targetCPUUtilizationPercentage?: number | undefined;
}

export interface V1HorizontalPodAutoscalerStatus {
  readonly observedGeneration?: number | undefined;
  readonly lastScaleTime?: string | undefined;
  readonly currentReplicas: number;
  readonly desiredReplicas: number;
  readonly currentCPUUtilizationPercentage?: number | undefined;
}

export type V1MetricSourceType = 'Object' | 'Pods' | 'Resource' | 'ContainerResource' | 'External' | (string & {});

export interface V1MetricSpec {
  readonly type: V1MetricSourceType;
  readonly object?: V1ObjectMetricSource | undefined;
  readonly pods?: V1PodsMetricSource | undefined;
  readonly resource?: V1ResourceMetricSource | undefined;
  readonly containerResource?: V1ContainerResourceMetricSource | undefined;
  readonly external?: V1ExternalMetricSource | undefined;
}

export interface V1MetricStatus {
  readonly type: V1MetricSourceType;
  readonly object?: V1ObjectMetricStatus | undefined;
  readonly pods?: V1PodsMetricStatus | undefined;
  readonly resource?: V1ResourceMetricStatus | undefined;
  readonly containerResource?: V1ContainerResourceMetricStatus | undefined;
  readonly external?: V1ExternalMetricStatus | undefined;
}

export interface V1ObjectMetricSource {
  readonly target: V1CrossVersionObjectReference;
  readonly metricName: string;
  readonly targetValue: string;
  readonly selector?: LabelSelector | undefined;
  readonly averageValue?: string | undefined;
}

export interface V1ObjectMetricStatus {
  readonly target: V1CrossVersionObjectReference;
  readonly metricName: string;
  readonly currentValue: string;
  readonly selector?: LabelSelector | undefined;
  readonly averageValue?: string | undefined;
}

export interface V1PodsMetricSource {
  readonly metricName: string;
  readonly targetAverageValue: string;
  readonly selector?: LabelSelector | undefined;
}

export interface V1PodsMetricStatus {
  readonly metricName: string;
  readonly currentAverageValue: string;
  readonly selector?: LabelSelector | undefined;
}

export interface V1ResourceMetricSource {
  readonly name: ResourceName;
  readonly targetAverageUtilization?: number | undefined;
  readonly targetAverageValue?: string | undefined;
}

export interface V1ResourceMetricStatus {
  readonly name: ResourceName;
  readonly currentAverageUtilization?: number | undefined;
  readonly currentAverageValue: string;
}
