// Generated from facts/ by generator/. To change it, change those and run: npm run generate
import type { ListMeta, ObjectMeta, Status, UID } from './meta.ts';

export type ApiextensionsConditionStatus = 'True' | 'False' | 'Unknown' | (string & {});

export type ApiextensionsResourceScope = 'Cluster' | 'Namespaced' | (string & {});

export interface ApiextensionsServiceReference {
  readonly namespace: string;
  readonly name: string;
  readonly path?: string | undefined;
  readonly port?: number | undefined;
}

export interface ApiextensionsWebhookClientConfig {
  readonly url?: string | undefined;
  readonly service?: ApiextensionsServiceReference | undefined;
  readonly caBundle?: string | undefined;
}

export interface ConversionRequest {
  readonly uid: UID;
  readonly desiredAPIVersion: string;
  readonly objects: readonly Readonly<Record<string, unknown>>[];
}

export interface ConversionResponse {
  readonly uid: UID;
  readonly convertedObjects: readonly Readonly<Record<string, unknown>>[];
  readonly result: Status;
}

export interface ConversionReview {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly request?: ConversionRequest | undefined;
  readonly response?: ConversionResponse | undefined;
}

export type ConversionStrategyType = 'None' | 'Webhook' | (string & {});

export interface CustomResourceColumnDefinition {
  readonly name: string;
  readonly type: string;
  readonly format?: string | undefined;
  readonly description?: string | undefined;
  readonly priority?: number | undefined;
  readonly jsonPath: string;
}

export interface CustomResourceConversion {
  readonly strategy: ConversionStrategyType;
  readonly webhook?: WebhookConversion | undefined;
}

export interface CustomResourceDefinition {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly spec: CustomResourceDefinitionSpec;
  readonly status?: CustomResourceDefinitionStatus | undefined;
}

export interface CustomResourceDefinitionCondition {
  readonly type: CustomResourceDefinitionConditionType;
  readonly status: ApiextensionsConditionStatus;
  readonly lastTransitionTime?: string | undefined;
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
  readonly observedGeneration?: number | undefined;
}

export type CustomResourceDefinitionConditionType = 'Established' | 'NamesAccepted' | 'NonStructuralSchema' | 'Terminating' | 'KubernetesAPIApprovalPolicyConformant' | 'StorageMigrating' | (string & {});

export interface CustomResourceDefinitionList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly CustomResourceDefinition[];
}

export interface CustomResourceDefinitionNames {
  readonly plural: string;
  readonly singular?: string | undefined;
  readonly shortNames?: readonly string[] | undefined;
  readonly kind: string;
  readonly listKind?: string | undefined;
  readonly categories?: readonly string[] | undefined;
}

export interface CustomResourceDefinitionSpec {
  readonly group: string;
  readonly names: CustomResourceDefinitionNames;
  readonly scope: ApiextensionsResourceScope;
  readonly versions: readonly CustomResourceDefinitionVersion[];
  readonly conversion?: CustomResourceConversion | undefined;
  readonly preserveUnknownFields?: boolean | undefined;
}

export interface CustomResourceDefinitionStatus {
  readonly conditions?: readonly CustomResourceDefinitionCondition[] | undefined;
  readonly acceptedNames?: CustomResourceDefinitionNames | undefined;
  readonly storedVersions?: readonly string[] | undefined;
  readonly observedGeneration?: number | undefined;
}

export interface CustomResourceDefinitionVersion {
  readonly name: string;
  readonly served: boolean;
  readonly storage: boolean;
  readonly deprecated?: boolean | undefined;
  readonly deprecationWarning?: string | undefined;
  readonly schema?: CustomResourceValidation | undefined;
  readonly subresources?: CustomResourceSubresources | undefined;
  readonly additionalPrinterColumns?: readonly CustomResourceColumnDefinition[] | undefined;
  readonly selectableFields?: readonly SelectableField[] | undefined;
}

export interface CustomResourceSubresourceScale {
  readonly specReplicasPath: string;
  readonly statusReplicasPath: string;
  readonly labelSelectorPath?: string | undefined;
}

export interface CustomResourceSubresourceStatus {
}

export interface CustomResourceSubresources {
  readonly status?: CustomResourceSubresourceStatus | undefined;
  readonly scale?: CustomResourceSubresourceScale | undefined;
}

export interface CustomResourceValidation {
  readonly openAPIV3Schema?: JSONSchemaProps | undefined;
}

export interface ExternalDocumentation {
  readonly description?: string | undefined;
  readonly url?: string | undefined;
}

export type FieldValueErrorReason = 'FieldValueRequired' | 'FieldValueDuplicate' | 'FieldValueInvalid' | 'FieldValueForbidden' | (string & {});

export type JSONSchemaDefinitions = Readonly<Record<string, JSONSchemaProps>>;

export type JSONSchemaDependencies = Readonly<Record<string, JSONSchemaProps | readonly string[]>>;

export interface JSONSchemaProps {
  readonly id?: string | undefined;
  readonly '$schema'?: JSONSchemaURL | undefined;
  readonly '$ref'?: string | undefined;
  readonly description?: string | undefined;
  readonly type?: string | undefined;
  readonly format?: string | undefined;
  readonly title?: string | undefined;
  readonly default?: unknown | undefined;
  readonly maximum?: number | undefined;
  readonly exclusiveMaximum?: boolean | undefined;
  readonly minimum?: number | undefined;
  readonly exclusiveMinimum?: boolean | undefined;
  readonly maxLength?: number | undefined;
  readonly minLength?: number | undefined;
  readonly pattern?: string | undefined;
  readonly maxItems?: number | undefined;
  readonly minItems?: number | undefined;
  readonly uniqueItems?: boolean | undefined;
  readonly multipleOf?: number | undefined;
  readonly enum?: readonly unknown[] | undefined;
  readonly maxProperties?: number | undefined;
  readonly minProperties?: number | undefined;
  readonly required?: readonly string[] | undefined;
  readonly items?: JSONSchemaProps | readonly JSONSchemaProps[] | undefined;
  readonly allOf?: readonly JSONSchemaProps[] | undefined;
  readonly oneOf?: readonly JSONSchemaProps[] | undefined;
  readonly anyOf?: readonly JSONSchemaProps[] | undefined;
  readonly not?: JSONSchemaProps | undefined;
  readonly properties?: Readonly<Record<string, JSONSchemaProps>> | undefined;
  readonly additionalProperties?: JSONSchemaProps | boolean | undefined;
  readonly patternProperties?: Readonly<Record<string, JSONSchemaProps>> | undefined;
  readonly dependencies?: JSONSchemaDependencies | undefined;
  readonly additionalItems?: JSONSchemaProps | boolean | undefined;
  readonly definitions?: JSONSchemaDefinitions | undefined;
  readonly externalDocs?: ExternalDocumentation | undefined;
  readonly example?: unknown | undefined;
  readonly nullable?: boolean | undefined;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean | undefined;
  readonly 'x-kubernetes-embedded-resource'?: boolean | undefined;
  readonly 'x-kubernetes-int-or-string'?: boolean | undefined;
  readonly 'x-kubernetes-list-map-keys'?: readonly string[] | undefined;
  readonly 'x-kubernetes-list-type'?: string | undefined;
  readonly 'x-kubernetes-map-type'?: string | undefined;
  readonly 'x-kubernetes-validations'?: ValidationRules | undefined;
}

export type JSONSchemaURL = string;

export interface SelectableField {
  readonly jsonPath: string;
}

export interface ValidationRule {
  readonly rule: string;
  readonly message?: string | undefined;
  readonly messageExpression?: string | undefined;
  readonly reason?: FieldValueErrorReason | undefined;
  readonly fieldPath?: string | undefined;
  readonly optionalOldSelf?: boolean | undefined;
}

export type ValidationRules = readonly ValidationRule[];

export interface WebhookConversion {
  readonly clientConfig?: ApiextensionsWebhookClientConfig | undefined;
  readonly conversionReviewVersions: readonly string[];
}
