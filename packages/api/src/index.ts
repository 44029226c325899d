export type { Describe, TypeDescription } from './adapters/installed-descriptions.ts';
export { readYamlAside, YAML_ASIDE_BYTES_MIN } from './adapters/read-yaml-aside.ts';
export {
  type ApplyRequest,
  applyServerSide,
  type FieldManager,
  trackUpdate,
  type UpdateRequest,
  type VersionView,
} from './apply/apply.ts';
export { decodePartial } from './apply/partial.ts';
export { type ResetFields, resetFields } from './apply/reset-fields.ts';
export { ownersAfterScale, scaleOwners } from './apply/scale.ts';
export { decodeCbor, parseCbor } from './cbor/decode.ts';
export { cborListEnds, encodeCbor, encodeCborItem } from './cbor/encode.ts';
export * from './contract.ts';
export * from './errors.ts';
export { type GrpcInterface, grpcDescriptor } from './facts.ts';
export * from './field-errors.ts';
export { Resources } from './generated/resources.ts';
export type * from './generated/types.ts';
export { internalForm } from './internal-form.ts';
export {
  type Decoded,
  type DecodeOptions,
  decodeDocument,
  decodeJson,
  type FieldValidation,
  normalize,
  unrecognizedBody,
} from './json/decode.ts';
export { formatDuration, parseDuration } from './json/duration.ts';
export { encodeCanonicalJson, encodeJson } from './json/encode.ts';
export { parseJson } from './json/numbers.ts';
export { DecodeError, valueKind } from './json/problems.ts';
export { duplicateFields, syntaxProblem } from './json/scan.ts';
export { checkDepth } from './json/walk.ts';
export * from './names.ts';
export * from './node-selectors.ts';
export * from './objects.ts';
export {
  type OpenApiOptions,
  openApiV2Document,
  openApiV2Steps,
  openApiV3Document,
  openApiV3Steps,
} from './openapi/documents.ts';
export {
  encodeOpenApiV2,
  encodeOpenApiV2Steps,
  OPENAPI_V2_PROTOBUF,
  OPENAPI_V2_PROTOBUF_ACCEPTED,
} from './openapi/gnostic.ts';
export { encodeOpenApiV3Steps, OPENAPI_V3_PROTOBUF, OPENAPI_V3_PROTOBUF_ACCEPTED } from './openapi/gnostic-v3.ts';
export { goText } from './patch/go-text.ts';
export { applyJsonPatch, JSON_PATCH_OPERATIONS_MAX, jsonPatchProblems } from './patch/json-patch.ts';
export { applyMergePatch } from './patch/merge-patch.ts';
export { applyStrategicMergePatch } from './patch/strategic.ts';
export { decodeProtobuf, isEnvelope } from './protobuf/decode.ts';
export { encodeProtobuf } from './protobuf/encode.ts';
export {
  decodeEnvelope,
  decodeEnvelopedObject,
  type Envelope,
  encodeEnvelope,
  encodeEnvelopeOf,
  encodeListEnvelope,
  encodeListItem,
  encodeWatchEvent,
  listEnvelopeEnds,
} from './protobuf/envelope.ts';
export * from './quantity.ts';
export {
  type Amounts,
  addAmounts,
  amountsOf,
  amountsText,
  pickAmounts,
  subtractAmounts,
  textsOf,
} from './quota/amounts.ts';
export { isInScope } from './quota/scopes.ts';
export { countName, isQuotaOf, missingFromPod, quotaUsage } from './quota/usage.ts';
export { declaredErrors, type RuleOptions, withDeclared } from './rules/declared.ts';
export { driverNameErrors, formatErrors, qualifiedNameErrors } from './rules/formats.ts';
export type { RuleLevel } from './rules/plan.ts';
export { schemaFor, schemaOfType } from './schema/build.ts';
export { applyDeclaredDefaults, eachStruct, prune } from './schema/defaults.ts';
export { semanticEqual } from './schema/equal.ts';
export type {
  Field,
  ListSchema,
  MapSchema,
  ScalarSchema,
  ScalarType,
  Schema,
  StructSchema,
  Union,
  WireField,
  ZeroRule,
} from './schema/schema.ts';
export { goTypeName } from './schema/schema.ts';
export { zeroOf } from './schema/zero.ts';
export * from './selectors.ts';
export { commonEncodingVersion, storageVersionStatus } from './storage-version-status.ts';
export {
  type GroupInfo,
  groupTable,
  type Lifecycle as ApiLifecycle,
  type ResourceInfo,
  resourceTable,
  type SubresourceInfo,
} from './tables.ts';
export * from './taints.ts';
export * from './time.ts';
export {
  decodeYaml,
  decodeYamlReading,
  parseYamlDocuments,
  readYaml,
  toYaml,
  YamlError,
  type YamlReading,
  yamlErrors,
  yamlRefusal,
} from './yaml/yaml.ts';
