// Generated from facts/ by generator/. To change it, change those and run: npm run generate
import type { ConditionStatus, ObjectReference, PodConditionType, PodTemplateSpec } from './core.ts';
import type { LabelSelector, ListMeta, ObjectMeta, UID } from './meta.ts';

export type CompletionMode = 'NonIndexed' | 'Indexed' | (string & {});

export type ConcurrencyPolicy = 'Allow' | 'Forbid' | 'Replace' | (string & {});

export interface CronJob {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly spec: CronJobSpec;
  readonly status?: CronJobStatus | undefined;
}

export interface CronJobList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly CronJob[];
}

export interface CronJobSpec {
  readonly schedule: string;
  readonly timeZone?: string | undefined;
  readonly startingDeadlineSeconds?: number | undefined;
  readonly concurrencyPolicy?: ConcurrencyPolicy | undefined;
  readonly suspend?: boolean | undefined;
  readonly jobTemplate: JobTemplateSpec;
  readonly successfulJobsHistoryLimit?: number | undefined;
  readonly failedJobsHistoryLimit?: number | undefined;
}

export interface CronJobStatus {
  readonly active?: readonly ObjectReference[] | undefined;
  readonly lastScheduleTime?: string | undefined;
  readonly lastSuccessfulTime?: string | undefined;
}

export interface Job {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly spec: JobSpec;
  readonly status?: JobStatus | undefined;
}

export interface JobCondition {
  readonly type: JobConditionType;
  readonly status: ConditionStatus;
  readonly lastProbeTime?: string | undefined;
  readonly lastTransitionTime?: string | undefined;
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
}

export type JobConditionType = 'Suspended' | 'Complete' | 'Failed' | 'FailureTarget' | 'SuccessCriteriaMet' | (string & {});

export interface JobList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly Job[];
}

export interface JobSpec {
  readonly parallelism?: number | undefined;
  readonly completions?: number | undefined;
  readonly activeDeadlineSeconds?: number | undefined;
  readonly podFailurePolicy?: PodFailurePolicy | undefined;
  readonly successPolicy?: SuccessPolicy | undefined;
  readonly backoffLimit?: number | undefined;
  readonly backoffLimitPerIndex?: number | undefined;
  readonly maxFailedIndexes?: number | undefined;
  readonly selector?: LabelSelector | undefined;
  readonly manualSelector?: boolean | undefined;
  readonly template: PodTemplateSpec;
  readonly ttlSecondsAfterFinished?: number | undefined;
  readonly completionMode?: CompletionMode | undefined;
  readonly suspend?: boolean | undefined;
  readonly podReplacementPolicy?: PodReplacementPolicy | undefined;
  readonly managedBy?: string | undefined;
}

export interface JobStatus {
  readonly conditions?: readonly JobCondition[] | undefined;
  readonly startTime?: string | undefined;
  readonly completionTime?: string | undefined;
  readonly active?: number | undefined;
  readonly succeeded?: number | undefined;
  readonly failed?: number | undefined;
  readonly terminating?: number | undefined;
  readonly completedIndexes?: string | undefined;
  readonly failedIndexes?: string | undefined;
  readonly uncountedTerminatedPods?: UncountedTerminatedPods | undefined;
  readonly ready?: number | undefined;
}

export interface JobTemplateSpec {
  readonly metadata?: ObjectMeta | undefined;
  readonly spec?: JobSpec | undefined;
}

export interface PodFailurePolicy {
  readonly rules: readonly PodFailurePolicyRule[];
}

export type PodFailurePolicyAction = 'FailJob' | 'FailIndex' | 'Ignore' | 'Count' | (string & {});

export type PodFailurePolicyOnExitCodesOperator = 'In' | 'NotIn' | (string & {});

export interface PodFailurePolicyOnExitCodesRequirement {
  readonly containerName?: string | undefined;
  readonly operator: PodFailurePolicyOnExitCodesOperator;
  readonly values: readonly number[];
}

export interface PodFailurePolicyOnPodConditionsPattern {
  readonly type: PodConditionType;
  readonly status?: ConditionStatus | undefined;
}

export interface PodFailurePolicyRule {
  readonly action: PodFailurePolicyAction;
  readonly onExitCodes?: PodFailurePolicyOnExitCodesRequirement | undefined;
  readonly onPodConditions?: readonly PodFailurePolicyOnPodConditionsPattern[] | undefined;
}

export type PodReplacementPolicy = 'TerminatingOrFailed' | 'Failed' | (string & {});

export interface SuccessPolicy {
  readonly rules: readonly SuccessPolicyRule[];
}

export interface SuccessPolicyRule {
  readonly succeededIndexes?: string | undefined;
  readonly succeededCount?: number | undefined;
}

export interface UncountedTerminatedPods {
  readonly succeeded?: readonly UID[] | undefined;
  readonly failed?: readonly UID[] | undefined;
}
