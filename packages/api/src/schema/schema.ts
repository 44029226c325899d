/**
 * A `Schema` describes one type of the API. Every generic algorithm (decoding, codecs, patches, pruning, OpenAPI, apply) is
 * a walk over it. Built-in types come from the facts; a CustomResourceDefinition's structural schema becomes the same thing.
 */
import type { FactRule } from '../facts.ts';

export type Schema = StructSchema | ListSchema | MapSchema | ScalarSchema;

/** The value types of the facts (facts/README.md, `scalars`). */
export type ScalarType =
  | 'string'
  | 'bool'
  | 'int32'
  | 'int64'
  | 'float64'
  | 'bytes'
  | 'any'
  | 'time'
  | 'microTime'
  | 'duration'
  | 'quantity'
  | 'intOrString'
  | 'fieldsV1'
  | 'rawExtension'
  | 'object'
  | 'json'
  | 'schemaOrBool'
  | 'schemaOrArray'
  | 'schemaOrStringArray';

/** An object with known fields. */
export interface StructSchema {
  readonly kind: 'struct';
  /** The Go name, for messages: `PodSpec`. */
  readonly name: string;
  /** Key in the facts; empty for types that do not come from them. */
  readonly ref: string;
  /** Group and version, for registered kinds. */
  readonly group: string;
  readonly version: string;
  /** Group and version of the package that the type lives in. */
  readonly home: { readonly group: string; readonly version: string };
  /** A registered kind, with apiVersion and kind of its own. */
  readonly object: boolean;
  /** OpenAPI model name: `io.k8s.api.core.v1.Pod`. */
  readonly model: string;
  /** Server-side apply treats it as one value. */
  readonly atomic: boolean;
  /** JSON fields, inlined ones in their place, in the order in which they are written. */
  readonly fields: readonly Field[];
  readonly byName: ReadonlyMap<string, Field>;
  /** Fields whose zero value is written even when absent. */
  readonly filled: readonly Field[];
  /** Fields on the wire, in ascending number. */
  readonly wire: readonly WireField[];
  readonly byNumber: ReadonlyMap<number, WireField>;
  /** Unions among the fields: the discriminator's name, if any, and the members by the value that chooses them. */
  readonly unions: readonly Union[];
  /** What a field that is not listed holds; absent for built-in types, whose unknown fields are dropped. */
  readonly additional?: Schema;
}

export interface Union {
  readonly discriminator?: string;
  readonly members: ReadonlyMap<string, string>;
}

/** What becomes of a field's zero value (facts/README.md, "JSON"). `drop`: left out; `fill`: written though absent; `keep`: as given. */
export type ZeroRule = 'drop' | 'fill' | 'keep';

export interface Field {
  readonly name: string;
  /** Position in `fields` of its struct. */
  readonly index: number;
  readonly schema: Schema;
  /** Absent and zero differ. */
  readonly pointer: boolean;
  readonly zero: ZeroRule;
  /** As OpenAPI's `required` says. */
  readonly required: boolean;
  readonly nullable: boolean;
  /** Declared default; `undefined` when there is none. */
  readonly default: unknown;
  /** The default that OpenAPI and apply schemas show (facts/README.md). */
  readonly shownDefault: unknown;
  readonly patchStrategy: readonly string[];
  readonly patchMergeKey: string | undefined;
  /** Server-side apply treats the struct in this field as one value. */
  readonly atomic: boolean;
  readonly featureGates: readonly string[];
  readonly rules: readonly FactRule[];
}

/** One protobuf field of a message. */
export interface WireField {
  readonly number: number;
  /** JSON name, or the empty string for an inlined struct, whose fields live in the same object. */
  readonly name: string;
  readonly schema: Schema;
  /** Written although zero: neither pointer nor list nor map. */
  readonly always: boolean;
  readonly inline: StructSchema | undefined;
  readonly zero: ZeroRule;
}

export interface ListSchema {
  readonly kind: 'list';
  readonly element: Schema;
  readonly topology: 'atomic' | 'set' | 'map';
  readonly keys: readonly string[];
  /** Number of the only field of the message that wraps a named list on the wire. */
  readonly wrapped: number | undefined;
}

export interface MapSchema {
  readonly kind: 'map';
  readonly element: Schema;
  readonly atomic: boolean;
}

export interface ScalarSchema {
  readonly kind: 'scalar';
  readonly type: ScalarType;
  /** The named Go type, for messages: `v1.Protocol`. Empty for plain ones. */
  readonly name: string;
  /** Known values of a named string; closed when `closed`. */
  readonly values: readonly string[];
  readonly closed: boolean;
  /** Rules of the named type itself. */
  readonly rules?: readonly FactRule[];
  /** For the `schemaOr*` types: what the schema is. */
  readonly schema: StructSchema | undefined;
}

/** The Go type as upstream's decoding errors name it: `[]v1.Container`, `map[string]string`, `int32`. */
export function goTypeName(schema: Schema): string {
  switch (schema.kind) {
    case 'struct':
      return `${schema.ref === '' ? schema.version : goPackage(schema.ref)}.${schema.name}`;
    case 'list':
      return `[]${goTypeName(schema.element)}`;
    case 'map':
      return `map[string]${goTypeName(schema.element)}`;
    default:
      return schema.name === '' ? GO_SCALARS[schema.type] : schema.name;
  }
}

/** 'k8s.io/api/core/v1.Pod' -> 'v1'. */
export function goPackage(ref: string): string {
  return ref.slice(ref.lastIndexOf('/') + 1, ref.lastIndexOf('.'));
}

const GO_SCALARS: Readonly<Record<ScalarType, string>> = {
  string: 'string',
  bool: 'bool',
  int32: 'int32',
  int64: 'int64',
  float64: 'float64',
  bytes: '[]uint8',
  any: 'interface {}',
  time: 'v1.Time',
  microTime: 'v1.MicroTime',
  duration: 'v1.Duration',
  quantity: 'resource.Quantity',
  intOrString: 'intstr.IntOrString',
  fieldsV1: 'v1.FieldsV1',
  rawExtension: 'runtime.RawExtension',
  object: 'map[string]interface {}',
  json: 'v1.JSON',
  schemaOrBool: 'v1.JSONSchemaPropsOrBool',
  schemaOrArray: 'v1.JSONSchemaPropsOrArray',
  schemaOrStringArray: 'v1.JSONSchemaPropsOrStringArray',
};
