// Generated from facts/ by generator/. To change it, change those and run: npm run generate
import type { Condition, LabelSelector, ListMeta, ObjectMeta, StatusReason } from './meta.ts';

export type AdmissionregistrationPatchType = 'ApplyConfiguration' | 'JSONPatch' | (string & {});

export type AdmissionregistrationV1beta1PatchType = 'ApplyConfiguration' | 'JSONPatch' | (string & {});

export interface ApplyConfiguration {
  readonly expression?: string | undefined;
}

export interface AuditAnnotation {
  readonly key: string;
  readonly valueExpression: string;
}

export interface ExpressionWarning {
  readonly fieldRef: string;
  readonly warning: string;
}

export type FailurePolicyType = 'Ignore' | 'Fail' | (string & {});

export interface JSONPatch {
  readonly expression?: string | undefined;
}

export interface MatchCondition {
  readonly name: string;
  readonly expression: string;
}

export type MatchPolicyType = 'Exact' | 'Equivalent' | (string & {});

export interface MatchResources {
  readonly namespaceSelector?: LabelSelector | undefined;
  readonly objectSelector?: LabelSelector | undefined;
  readonly resourceRules?: readonly NamedRuleWithOperations[] | undefined;
  readonly excludeResourceRules?: readonly NamedRuleWithOperations[] | undefined;
  readonly matchPolicy?: MatchPolicyType | undefined;
}

export interface MutatingAdmissionPolicy {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly spec: MutatingAdmissionPolicySpec;
}

export interface MutatingAdmissionPolicyBinding {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly spec: MutatingAdmissionPolicyBindingSpec;
}

export interface MutatingAdmissionPolicyBindingList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly MutatingAdmissionPolicyBinding[];
}

export interface MutatingAdmissionPolicyBindingSpec {
  readonly policyName?: string | undefined;
  readonly paramRef?: ParamRef | undefined;
  readonly matchResources?: MatchResources | undefined;
}

export interface MutatingAdmissionPolicyList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly MutatingAdmissionPolicy[];
}

export interface MutatingAdmissionPolicySpec {
  readonly paramKind?: ParamKind | undefined;
  readonly matchConstraints?: MatchResources | undefined;
  readonly variables?: readonly Variable[] | undefined;
  readonly mutations?: readonly Mutation[] | undefined;
  readonly failurePolicy?: FailurePolicyType | undefined;
  readonly matchConditions?: readonly MatchCondition[] | undefined;
  readonly reinvocationPolicy?: ReinvocationPolicyType | undefined;
}

export interface MutatingWebhook {
  readonly name: string;
  readonly clientConfig: WebhookClientConfig;
  readonly rules?: readonly RuleWithOperations[] | undefined;
  readonly failurePolicy?: FailurePolicyType | undefined;
  readonly matchPolicy?: MatchPolicyType | undefined;
  readonly namespaceSelector?: LabelSelector | undefined;
  readonly objectSelector?: LabelSelector | undefined;
  readonly sideEffects: SideEffectClass;
  readonly timeoutSeconds?: number | undefined;
  readonly admissionReviewVersions: readonly string[];
  readonly reinvocationPolicy?: ReinvocationPolicyType | undefined;
  readonly matchConditions?: readonly MatchCondition[] | undefined;
}

export interface MutatingWebhookConfiguration {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly webhooks?: readonly MutatingWebhook[] | undefined;
}

export interface MutatingWebhookConfigurationList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly MutatingWebhookConfiguration[];
}

export interface Mutation {
  readonly patchType: AdmissionregistrationPatchType;
  readonly applyConfiguration?: ApplyConfiguration | undefined;
  readonly jsonPatch?: JSONPatch | undefined;
}

export interface NamedRuleWithOperations {
  readonly resourceNames?: readonly string[] | undefined;
  readonly operations?: readonly OperationType[] | undefined;
  readonly apiGroups?: readonly string[] | undefined;
  readonly apiVersions?: readonly string[] | undefined;
  readonly resources?: readonly string[] | undefined;
  readonly scope?: ScopeType | undefined;
}

export type OperationType = '*' | 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT' | (string & {});

export interface ParamKind {
  readonly apiVersion?: string | undefined;
  readonly kind?: string | undefined;
}

export interface ParamRef {
  readonly name?: string | undefined;
  readonly namespace?: string | undefined;
  readonly selector?: LabelSelector | undefined;
  readonly parameterNotFoundAction?: ParameterNotFoundActionType | undefined;
}

export type ParameterNotFoundActionType = 'Allow' | 'Deny' | (string & {});

export type ReinvocationPolicyType = 'Never' | 'IfNeeded' | (string & {});

export interface Rule {
  readonly apiGroups?: readonly string[] | undefined;
  readonly apiVersions?: readonly string[] | undefined;
  readonly resources?: readonly string[] | undefined;
  readonly scope?: ScopeType | undefined;
}

export interface RuleWithOperations {
  readonly operations?: readonly OperationType[] | undefined;
  readonly apiGroups?: readonly string[] | undefined;
  readonly apiVersions?: readonly string[] | undefined;
  readonly resources?: readonly string[] | undefined;
  readonly scope?: ScopeType | undefined;
}

export type ScopeType = 'Cluster' | 'Namespaced' | '*' | (string & {});

export interface ServiceReference {
  readonly namespace: string;
  readonly name: string;
  readonly path?: string | undefined;
  readonly port?: number | undefined;
}

export type SideEffectClass = 'Unknown' | 'None' | 'Some' | 'NoneOnDryRun' | (string & {});

export interface TypeChecking {
  readonly expressionWarnings?: readonly ExpressionWarning[] | undefined;
}

export interface V1alpha1ApplyConfiguration {
  readonly expression?: string | undefined;
}

export interface V1alpha1AuditAnnotation {
  readonly key: string;
  readonly valueExpression: string;
}

export interface V1alpha1ExpressionWarning {
  readonly fieldRef: string;
  readonly warning: string;
}

export type V1alpha1FailurePolicyType = 'Ignore' | 'Fail' | (string & {});

export interface V1alpha1JSONPatch {
  readonly expression?: string | undefined;
}

export interface V1alpha1MatchCondition {
  readonly name: string;
  readonly expression: string;
}

export type V1alpha1MatchPolicyType = 'Exact' | 'Equivalent' | (string & {});

export interface V1alpha1MatchResources {
  readonly namespaceSelector?: LabelSelector | undefined;
  readonly objectSelector?: LabelSelector | undefined;
  readonly resourceRules?: readonly V1alpha1NamedRuleWithOperations[] | undefined;
  readonly excludeResourceRules?: readonly V1alpha1NamedRuleWithOperations[] | undefined;
  readonly matchPolicy?: V1alpha1MatchPolicyType | undefined;
}

export interface V1alpha1MutatingAdmissionPolicy {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly spec: V1alpha1MutatingAdmissionPolicySpec;
}

export interface V1alpha1MutatingAdmissionPolicyBinding {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly spec: V1alpha1MutatingAdmissionPolicyBindingSpec;
}

export interface V1alpha1MutatingAdmissionPolicyBindingList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly V1alpha1MutatingAdmissionPolicyBinding[];
}

export interface V1alpha1MutatingAdmissionPolicyBindingSpec {
  readonly policyName?: string | undefined;
  readonly paramRef?: V1alpha1ParamRef | undefined;
  readonly matchResources?: V1alpha1MatchResources | undefined;
}

export interface V1alpha1MutatingAdmissionPolicyList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly V1alpha1MutatingAdmissionPolicy[];
}

export interface V1alpha1MutatingAdmissionPolicySpec {
  readonly paramKind?: V1alpha1ParamKind | undefined;
  readonly matchConstraints?: V1alpha1MatchResources | undefined;
  readonly variables?: readonly V1alpha1Variable[] | undefined;
  readonly mutations?: readonly V1alpha1Mutation[] | undefined;
  readonly failurePolicy?: V1alpha1FailurePolicyType | undefined;
  readonly matchConditions?: readonly V1alpha1MatchCondition[] | undefined;
  readonly reinvocationPolicy?: ReinvocationPolicyType | undefined;
}

export interface V1alpha1Mutation {
  readonly patchType: V1alpha1PatchType;
  readonly applyConfiguration?: V1alpha1ApplyConfiguration | undefined;
  readonly jsonPatch?: V1alpha1JSONPatch | undefined;
}

export interface V1alpha1NamedRuleWithOperations {
  readonly resourceNames?: readonly string[] | undefined;
  readonly operations?: readonly OperationType[] | undefined;
  readonly apiGroups?: readonly string[] | undefined;
  readonly apiVersions?: readonly string[] | undefined;
  readonly resources?: readonly string[] | undefined;
  readonly scope?: ScopeType | undefined;
}

export interface V1alpha1ParamKind {
  readonly apiVersion?: string | undefined;
  readonly kind?: string | undefined;
}

export interface V1alpha1ParamRef {
  readonly name?: string | undefined;
  readonly namespace?: string | undefined;
  readonly selector?: LabelSelector | undefined;
  readonly parameterNotFoundAction?: V1alpha1ParameterNotFoundActionType | undefined;
}

export type V1alpha1ParameterNotFoundActionType = 'Allow' | 'Deny' | (string & {});

export type V1alpha1PatchType = 'ApplyConfiguration' | 'JSONPatch' | (string & {});

export interface V1alpha1TypeChecking {
  readonly expressionWarnings?: readonly V1alpha1ExpressionWarning[] | undefined;
}

export interface V1alpha1ValidatingAdmissionPolicy {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly spec: V1alpha1ValidatingAdmissionPolicySpec;
  readonly status?: V1alpha1ValidatingAdmissionPolicyStatus | undefined;
}

export interface V1alpha1ValidatingAdmissionPolicyBinding {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly spec: V1alpha1ValidatingAdmissionPolicyBindingSpec;
}

export interface V1alpha1ValidatingAdmissionPolicyBindingList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly V1alpha1ValidatingAdmissionPolicyBinding[];
}

export interface V1alpha1ValidatingAdmissionPolicyBindingSpec {
  readonly policyName: string;
  readonly paramRef?: V1alpha1ParamRef | undefined;
  readonly matchResources?: V1alpha1MatchResources | undefined;
  readonly validationActions: readonly V1alpha1ValidationAction[];
}

export interface V1alpha1ValidatingAdmissionPolicyList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly V1alpha1ValidatingAdmissionPolicy[];
}

export interface V1alpha1ValidatingAdmissionPolicySpec {
  readonly paramKind?: V1alpha1ParamKind | undefined;
  readonly matchConstraints?: V1alpha1MatchResources | undefined;
  readonly validations?: readonly V1alpha1Validation[] | undefined;
  readonly failurePolicy?: V1alpha1FailurePolicyType | undefined;
  readonly auditAnnotations?: readonly V1alpha1AuditAnnotation[] | undefined;
  readonly matchConditions?: readonly V1alpha1MatchCondition[] | undefined;
  readonly variables?: readonly V1alpha1Variable[] | undefined;
}

export interface V1alpha1ValidatingAdmissionPolicyStatus {
  readonly observedGeneration?: number | undefined;
  readonly typeChecking?: V1alpha1TypeChecking | undefined;
  readonly conditions?: readonly Condition[] | undefined;
}

export interface V1alpha1Validation {
  readonly expression: string;
  readonly message?: string | undefined;
  readonly reason?: StatusReason | undefined;
  readonly messageExpression?: string | undefined;
}

export type V1alpha1ValidationAction = 'Deny' | 'Warn' | 'Audit' | (string & {});

export interface V1alpha1Variable {
  readonly name: string;
  readonly expression: string;
}

export interface V1beta1ApplyConfiguration {
  readonly expression?: string | undefined;
}

export interface V1beta1AuditAnnotation {
  readonly key: string;
  readonly valueExpression: string;
}

export interface V1beta1ExpressionWarning {
  readonly fieldRef: string;
  readonly warning: string;
}

export type V1beta1FailurePolicyType = 'Ignore' | 'Fail' | (string & {});

export interface V1beta1JSONPatch {
  readonly expression?: string | undefined;
}

export interface V1beta1MatchCondition {
  readonly name: string;
  readonly expression: string;
}

export type V1beta1MatchPolicyType = 'Exact' | 'Equivalent' | (string & {});

export interface V1beta1MatchResources {
  readonly namespaceSelector?: LabelSelector | undefined;
  readonly objectSelector?: LabelSelector | undefined;
  readonly resourceRules?: readonly V1beta1NamedRuleWithOperations[] | undefined;
  readonly excludeResourceRules?: readonly V1beta1NamedRuleWithOperations[] | undefined;
  readonly matchPolicy?: V1beta1MatchPolicyType | undefined;
}

export interface V1beta1MutatingAdmissionPolicy {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly spec: V1beta1MutatingAdmissionPolicySpec;
}

export interface V1beta1MutatingAdmissionPolicyBinding {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly spec: V1beta1MutatingAdmissionPolicyBindingSpec;
}

export interface V1beta1MutatingAdmissionPolicyBindingList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly V1beta1MutatingAdmissionPolicyBinding[];
}

export interface V1beta1MutatingAdmissionPolicyBindingSpec {
  readonly policyName?: string | undefined;
  readonly paramRef?: V1beta1ParamRef | undefined;
  readonly matchResources?: V1beta1MatchResources | undefined;
}

export interface V1beta1MutatingAdmissionPolicyList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly V1beta1MutatingAdmissionPolicy[];
}

export interface V1beta1MutatingAdmissionPolicySpec {
  readonly paramKind?: V1beta1ParamKind | undefined;
  readonly matchConstraints?: V1beta1MatchResources | undefined;
  readonly variables?: readonly V1beta1Variable[] | undefined;
  readonly mutations?: readonly V1beta1Mutation[] | undefined;
  readonly failurePolicy?: V1beta1FailurePolicyType | undefined;
  readonly matchConditions?: readonly V1beta1MatchCondition[] | undefined;
  readonly reinvocationPolicy?: ReinvocationPolicyType | undefined;
}

export interface V1beta1MutatingWebhook {
  readonly name: string;
  readonly clientConfig: V1beta1WebhookClientConfig;
  readonly rules?: readonly RuleWithOperations[] | undefined;
  readonly failurePolicy?: V1beta1FailurePolicyType | undefined;
  readonly matchPolicy?: V1beta1MatchPolicyType | undefined;
  readonly namespaceSelector?: LabelSelector | undefined;
  readonly objectSelector?: LabelSelector | undefined;
  readonly sideEffects?: V1beta1SideEffectClass | undefined;
  readonly timeoutSeconds?: number | undefined;
  readonly admissionReviewVersions?: readonly string[] | undefined;
  readonly reinvocationPolicy?: ReinvocationPolicyType | undefined;
  readonly matchConditions?: readonly V1beta1MatchCondition[] | undefined;
}

export interface V1beta1MutatingWebhookConfiguration {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly webhooks?: readonly V1beta1MutatingWebhook[] | undefined;
}

export interface V1beta1MutatingWebhookConfigurationList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly V1beta1MutatingWebhookConfiguration[];
}

export interface V1beta1Mutation {
  readonly patchType: AdmissionregistrationV1beta1PatchType;
  readonly applyConfiguration?: V1beta1ApplyConfiguration | undefined;
  readonly jsonPatch?: V1beta1JSONPatch | undefined;
}

export interface V1beta1NamedRuleWithOperations {
  readonly resourceNames?: readonly string[] | undefined;
  readonly operations?: readonly OperationType[] | undefined;
  readonly apiGroups?: readonly string[] | undefined;
  readonly apiVersions?: readonly string[] | undefined;
  readonly resources?: readonly string[] | undefined;
  readonly scope?: ScopeType | undefined;
}

export interface V1beta1ParamKind {
  readonly apiVersion?: string | undefined;
  readonly kind?: string | undefined;
}

export interface V1beta1ParamRef {
  readonly name?: string | undefined;
  readonly namespace?: string | undefined;
  readonly selector?: LabelSelector | undefined;
  readonly parameterNotFoundAction?: V1beta1ParameterNotFoundActionType | undefined;
}

export type V1beta1ParameterNotFoundActionType = 'Allow' | 'Deny' | (string & {});

export interface V1beta1ServiceReference {
  readonly namespace: string;
  readonly name: string;
  readonly path?: string | undefined;
  readonly port?: number | undefined;
}

export type V1beta1SideEffectClass = 'Unknown' | 'None' | 'Some' | 'NoneOnDryRun' | (string & {});

export interface V1beta1TypeChecking {
  readonly expressionWarnings?: readonly V1beta1ExpressionWarning[] | undefined;
}

export interface V1beta1ValidatingAdmissionPolicy {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly spec: V1beta1ValidatingAdmissionPolicySpec;
  readonly status?: V1beta1ValidatingAdmissionPolicyStatus | undefined;
}

export interface V1beta1ValidatingAdmissionPolicyBinding {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly spec: V1beta1ValidatingAdmissionPolicyBindingSpec;
}

export interface V1beta1ValidatingAdmissionPolicyBindingList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly V1beta1ValidatingAdmissionPolicyBinding[];
}

export interface V1beta1ValidatingAdmissionPolicyBindingSpec {
  readonly policyName: string;
  readonly paramRef?: V1beta1ParamRef | undefined;
  readonly matchResources?: V1beta1MatchResources | undefined;
  readonly validationActions: readonly V1beta1ValidationAction[];
}

export type V1beta1ValidatingAdmissionPolicyConditionType = string;

export interface V1beta1ValidatingAdmissionPolicyList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly V1beta1ValidatingAdmissionPolicy[];
}

export interface V1beta1ValidatingAdmissionPolicySpec {
  readonly paramKind?: V1beta1ParamKind | undefined;
  readonly matchConstraints?: V1beta1MatchResources | undefined;
  readonly validations?: readonly V1beta1Validation[] | undefined;
  readonly failurePolicy?: V1beta1FailurePolicyType | undefined;
  readonly auditAnnotations?: readonly V1beta1AuditAnnotation[] | undefined;
  readonly matchConditions?: readonly V1beta1MatchCondition[] | undefined;
  readonly variables?: readonly V1beta1Variable[] | undefined;
}

export interface V1beta1ValidatingAdmissionPolicyStatus {
  readonly observedGeneration?: number | undefined;
  readonly typeChecking?: V1beta1TypeChecking | undefined;
  readonly conditions?: readonly Condition[] | undefined;
}

export interface V1beta1ValidatingWebhook {
  readonly name: string;
  readonly clientConfig: V1beta1WebhookClientConfig;
  readonly rules?: readonly RuleWithOperations[] | undefined;
  readonly failurePolicy?: V1beta1FailurePolicyType | undefined;
  readonly matchPolicy?: V1beta1MatchPolicyType | undefined;
  readonly namespaceSelector?: LabelSelector | undefined;
  readonly objectSelector?: LabelSelector | undefined;
  readonly sideEffects?: V1beta1SideEffectClass | undefined;
  readonly timeoutSeconds?: number | undefined;
  readonly admissionReviewVersions?: readonly string[] | undefined;
  readonly matchConditions?: readonly V1beta1MatchCondition[] | undefined;
}

export interface V1beta1ValidatingWebhookConfiguration {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly webhooks?: readonly V1beta1ValidatingWebhook[] | undefined;
}

export interface V1beta1ValidatingWebhookConfigurationList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly V1beta1ValidatingWebhookConfiguration[];
}

export interface V1beta1Validation {
  readonly expression: string;
  readonly message?: string | undefined;
  readonly reason?: StatusReason | undefined;
  readonly messageExpression?: string | undefined;
}

export type V1beta1ValidationAction = 'Deny' | 'Warn' | 'Audit' | (string & {});

export interface V1beta1Variable {
  readonly name: string;
  readonly expression: string;
}

export interface V1beta1WebhookClientConfig {
  readonly url?: string | undefined;
  readonly service?: V1beta1ServiceReference | undefined;
  readonly caBundle?: string | undefined;
}

export interface ValidatingAdmissionPolicy {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly spec: ValidatingAdmissionPolicySpec;
  readonly status?: ValidatingAdmissionPolicyStatus | undefined;
}

export interface ValidatingAdmissionPolicyBinding {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly spec: ValidatingAdmissionPolicyBindingSpec;
}

export interface ValidatingAdmissionPolicyBindingList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly ValidatingAdmissionPolicyBinding[];
}

export interface ValidatingAdmissionPolicyBindingSpec {
  readonly policyName: string;
  readonly paramRef?: ParamRef | undefined;
  readonly matchResources?: MatchResources | undefined;
  readonly validationActions: readonly ValidationAction[];
}

export type ValidatingAdmissionPolicyConditionType = string;

export interface ValidatingAdmissionPolicyList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly ValidatingAdmissionPolicy[];
}

export interface ValidatingAdmissionPolicySpec {
  readonly paramKind?: ParamKind | undefined;
  readonly matchConstraints?: MatchResources | undefined;
  readonly validations?: readonly Validation[] | undefined;
  readonly failurePolicy?: FailurePolicyType | undefined;
  readonly auditAnnotations?: readonly AuditAnnotation[] | undefined;
  readonly matchConditions?: readonly MatchCondition[] | undefined;
  readonly variables?: readonly Variable[] | undefined;
}

export interface ValidatingAdmissionPolicyStatus {
  readonly observedGeneration?: number | undefined;
  readonly typeChecking?: TypeChecking | undefined;
  readonly conditions?: readonly Condition[] | undefined;
}

export interface ValidatingWebhook {
  readonly name: string;
  readonly clientConfig: WebhookClientConfig;
  readonly rules?: readonly RuleWithOperations[] | undefined;
  readonly failurePolicy?: FailurePolicyType | undefined;
  readonly matchPolicy?: MatchPolicyType | undefined;
  readonly namespaceSelector?: LabelSelector | undefined;
  readonly objectSelector?: LabelSelector | undefined;
  readonly sideEffects: SideEffectClass;
  readonly timeoutSeconds?: number | undefined;
  readonly admissionReviewVersions: readonly string[];
  readonly matchConditions?: readonly MatchCondition[] | undefined;
}

export interface ValidatingWebhookConfiguration {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly webhooks?: readonly ValidatingWebhook[] | undefined;
}

export interface ValidatingWebhookConfigurationList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly ValidatingWebhookConfiguration[];
}

export interface Validation {
  readonly expression: string;
  readonly message?: string | undefined;
  readonly reason?: StatusReason | undefined;
  readonly messageExpression?: string | undefined;
}

export type ValidationAction = 'Deny' | 'Warn' | 'Audit' | (string & {});

export interface Variable {
  readonly name: string;
  readonly expression: string;
}

export interface WebhookClientConfig {
  readonly url?: string | undefined;
  readonly service?: ServiceReference | undefined;
  readonly caBundle?: string | undefined;
}
