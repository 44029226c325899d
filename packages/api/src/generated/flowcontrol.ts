// Generated from facts/ by generator/. To change it, change those and run: npm run generate
import type { ListMeta, ObjectMeta } from './meta.ts';

export interface ExemptPriorityLevelConfiguration {
  readonly nominalConcurrencyShares?: number | undefined;
  readonly lendablePercent?: number | undefined;
}

export interface FlowDistinguisherMethod {
  readonly type: FlowDistinguisherMethodType;
}

export type FlowDistinguisherMethodType = 'ByUser' | 'ByNamespace' | (string & {});

export interface FlowSchema {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly spec: FlowSchemaSpec;
  readonly status?: FlowSchemaStatus | undefined;
}

export interface FlowSchemaCondition {
  readonly type?: FlowSchemaConditionType | undefined;
  readonly status?: FlowcontrolConditionStatus | undefined;
  readonly lastTransitionTime?: string | undefined;
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
}

export type FlowSchemaConditionType = string;

export interface FlowSchemaList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly FlowSchema[];
}

export interface FlowSchemaSpec {
  readonly priorityLevelConfiguration: PriorityLevelConfigurationReference;
  readonly matchingPrecedence?: number | undefined;
  readonly distinguisherMethod?: FlowDistinguisherMethod | undefined;
  readonly rules?: readonly PolicyRulesWithSubjects[] | undefined;
}

export interface FlowSchemaStatus {
  readonly conditions?: readonly FlowSchemaCondition[] | undefined;
}

export type FlowcontrolConditionStatus = 'True' | 'False' | 'Unknown' | (string & {});

export interface FlowcontrolSubject {
  readonly kind: SubjectKind;
  readonly user?: UserSubject | undefined;
  readonly group?: GroupSubject | undefined;
  readonly serviceAccount?: ServiceAccountSubject | undefined;
}

export interface GroupSubject {
  readonly name: string;
}

export interface LimitResponse {
  readonly type: LimitResponseType;
  readonly queuing?: QueuingConfiguration | undefined;
}

export type LimitResponseType = 'Queue' | 'Reject' | (string & {});

export interface LimitedPriorityLevelConfiguration {
  readonly nominalConcurrencyShares?: number | undefined;
  readonly limitResponse?: LimitResponse | undefined;
  readonly lendablePercent?: number | undefined;
  readonly borrowingLimitPercent?: number | undefined;
}

export interface NonResourcePolicyRule {
  readonly verbs: readonly string[];
  readonly nonResourceURLs: readonly string[];
}

export interface PolicyRulesWithSubjects {
  readonly subjects: readonly FlowcontrolSubject[];
  readonly resourceRules?: readonly ResourcePolicyRule[] | undefined;
  readonly nonResourceRules?: readonly NonResourcePolicyRule[] | undefined;
}

export interface PriorityLevelConfiguration {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly spec: PriorityLevelConfigurationSpec;
  readonly status?: PriorityLevelConfigurationStatus | undefined;
}

export interface PriorityLevelConfigurationCondition {
  readonly type?: PriorityLevelConfigurationConditionType | undefined;
  readonly status?: FlowcontrolConditionStatus | undefined;
  readonly lastTransitionTime?: string | undefined;
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
}

export type PriorityLevelConfigurationConditionType = string;

export interface PriorityLevelConfigurationList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly PriorityLevelConfiguration[];
}

export interface PriorityLevelConfigurationReference {
  readonly name: string;
}

export interface PriorityLevelConfigurationSpec {
  readonly type: PriorityLevelEnablement;
  readonly limited?: LimitedPriorityLevelConfiguration | undefined;
  readonly exempt?: ExemptPriorityLevelConfiguration | undefined;
}

export interface PriorityLevelConfigurationStatus {
  readonly conditions?: readonly PriorityLevelConfigurationCondition[] | undefined;
}

export type PriorityLevelEnablement = 'Exempt' | 'Limited' | (string & {});

export interface QueuingConfiguration {
  readonly queues?: number | undefined;
  readonly handSize?: number | undefined;
  readonly queueLengthLimit?: number | undefined;
}

export interface ResourcePolicyRule {
  readonly verbs: readonly string[];
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly clusterScope?: boolean | undefined;
  readonly namespaces?: readonly string[] | undefined;
}

export interface ServiceAccountSubject {
  readonly namespace: string;
  readonly name: string;
}

export type SubjectKind = 'User' | 'Group' | 'ServiceAccount' | (string & {});

export interface UserSubject {
  readonly name: string;
}
