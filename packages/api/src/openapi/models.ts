/**
 * Schemas as OpenAPI models, in the two dialects that the API server publishes.
 */
import type { Describe } from '../adapters/installed-descriptions.ts';
import type { Field, ListSchema, MapSchema, ScalarSchema, ScalarType, Schema, StructSchema } from '../schema/schema.ts';

export type Json = Record<string, unknown>;
export type Dialect = 'v2' | 'v3';

export interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';
const EXTENSIONS = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1';

/** Scalars that are models of their own, and what they look like: v2, and v3 where it differs. */
const SCALAR_MODELS: Readonly<Partial<Record<ScalarType, readonly [name: string, v2: Json, v3?: Json]>>> = {
  time: [`${META}.Time`, { type: 'string', format: 'date-time' }],
  microTime: [`${META}.MicroTime`, { type: 'string', format: 'date-time' }],
  duration: [`${META}.Duration`, { type: 'string' }],
  fieldsV1: [`${META}.FieldsV1`, { type: 'object' }],
  quantity: [
    'io.k8s.apimachinery.pkg.api.resource.Quantity',
    { type: 'string' },
    { oneOf: [{ type: 'string' }, { type: 'number' }] },
  ],
  intOrString: [
    'io.k8s.apimachinery.pkg.util.intstr.IntOrString',
    { type: 'string', format: 'int-or-string' },
    { format: 'int-or-string', oneOf: [{ type: 'integer' }, { type: 'string' }] },
  ],
  rawExtension: ['io.k8s.apimachinery.pkg.runtime.RawExtension', { type: 'object' }],
  json: [`${EXTENSIONS}.JSON`, {}],
  schemaOrBool: [`${EXTENSIONS}.JSONSchemaPropsOrBool`, {}],
  schemaOrArray: [`${EXTENSIONS}.JSONSchemaPropsOrArray`, {}],
  schemaOrStringArray: [`${EXTENSIONS}.JSONSchemaPropsOrStringArray`, {}],
};

const PLAIN_SCALARS: Readonly<Partial<Record<ScalarType, Json>>> = {
  string: { type: 'string' },
  bool: { type: 'boolean' },
  int32: { type: 'integer', format: 'int32' },
  int64: { type: 'integer', format: 'int64' },
  float64: { type: 'number', format: 'double' },
  bytes: { type: 'string', format: 'byte' },
  object: { type: 'object' },
  any: { type: 'object' },
};

/** The two fields of every kind that the type itself says nothing about. */
const TYPE_FIELDS: Readonly<Record<string, string>> = {
  apiVersion:
    'The group and version of the API that this object is written in, such as "apps/v1"; just "v1" for the core group.',
  kind: 'What this object is, in CamelCase. A server tells from the path what a request is about; this cannot be changed.',
};

/** Collects every model that what was asked for refers to. */
export class ModelSet {
  readonly #dialect: Dialect;
  readonly #describe: Describe;
  readonly #kindsOf: (schema: StructSchema) => readonly GroupVersionKind[];
  readonly #models = new Map<string, Json>();
  /** Referred to, but not built yet. */
  readonly #wanted: StructSchema[] = [];

  constructor(dialect: Dialect, describe: Describe, kindsOf: (schema: StructSchema) => readonly GroupVersionKind[]) {
    this.#dialect = dialect;
    this.#describe = describe;
    this.#kindsOf = kindsOf;
  }

  /** Builds the models that were referred to, and those they refer to, one a step. */
  *build(): Generator<void, void> {
    for (let schema = this.#wanted.pop(); schema !== undefined; schema = this.#wanted.pop()) {
      this.#models.set(schema.model, this.#model(schema));
      yield;
    }
  }

  /** Every model that was built, by name in alphabetical order. */
  all(): Json {
    return Object.fromEntries([...this.#models].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** A reference to the model of a struct, which joins the set and is built by the next `build`. */
  reference(schema: StructSchema): Json {
    if (!this.#models.has(schema.model)) {
      this.#models.set(schema.model, {});
      this.#wanted.push(schema);
    }
    return this.#referenceTo(schema.model);
  }

  #referenceTo(model: string): Json {
    return { $ref: `${this.#dialect === 'v2' ? '#/definitions/' : '#/components/schemas/'}${model}` };
  }

  #model(schema: StructSchema): Json {
    const described = this.#describe(schema.model, schema.home.group, schema.home.version);
    const properties = schema.fields.map(
      (field) =>
        [
          field.name,
          this.#property(
            field,
            described.fields.get(field.name) ?? (schema.object ? TYPE_FIELDS[field.name] : undefined),
          ),
        ] as const,
    );
    const required = schema.fields.filter((field) => field.required).map((field) => field.name);
    const kinds = this.#kindsOf(schema);
    return {
      ...(described.text === '' ? {} : { description: described.text }),
      ...(required.length === 0 ? {} : { required: required.sort() }),
      type: 'object',
      ...(properties.length === 0
        ? {}
        : { properties: Object.fromEntries(properties.toSorted(([a], [b]) => (a < b ? -1 : 1))) }),
      ...(kinds.length === 0 ? {} : { 'x-kubernetes-group-version-kind': kinds }),
      ...(schema.atomic ? { 'x-kubernetes-map-type': 'atomic' } : {}),
      ...unionsOf(schema),
    };
  }

  #property(field: Field, description: string | undefined): Json {
    const { schema } = field;
    const type = this.#type(schema);
    const shown = field.shownDefault;
    const isReference = '$ref' in type;
    return {
      ...(description === undefined ? {} : { description }),
      // Siblings of $ref are ignored in OpenAPI 3.0, so they go beside an allOf.
      ...(isReference && this.#dialect === 'v3' ? { allOf: [type] } : type),
      ...(shown === undefined || (isReference && this.#dialect === 'v2') ? {} : { default: shown }),
      ...(schema.kind === 'scalar' && schema.closed ? { enum: schema.values.toSorted() } : {}),
      ...(schema.kind === 'list' ? listExtensions(schema) : {}),
      ...(field.atomic || (schema.kind === 'map' && schema.atomic) ? { 'x-kubernetes-map-type': 'atomic' } : {}),
      ...(field.patchStrategy.length === 0 ? {} : { 'x-kubernetes-patch-strategy': field.patchStrategy.join(',') }),
      ...(field.patchMergeKey === undefined ? {} : { 'x-kubernetes-patch-merge-key': field.patchMergeKey }),
    };
  }

  #type(schema: Schema): Json {
    switch (schema.kind) {
      case 'struct':
        return this.reference(schema);
      case 'list':
        return { type: 'array', items: this.#element(schema) };
      case 'map':
        return { type: 'object', additionalProperties: this.#element(schema) };
      default:
        return this.#scalar(schema);
    }
  }

  /** What a list or map holds; v3 says the default of an element too. */
  #element(schema: ListSchema | MapSchema): Json {
    const type = this.#type(schema.element);
    if (this.#dialect === 'v2') return type;
    if ('$ref' in type) return schema.element.kind === 'struct' ? { allOf: [type], default: {} } : type;
    return schema.element.kind === 'scalar' && schema.element.type === 'string' ? { ...type, default: '' } : type;
  }

  #scalar(schema: ScalarSchema): Json {
    const entry = SCALAR_MODELS[schema.type];
    if (entry === undefined) return { ...PLAIN_SCALARS[schema.type] };
    const [name, v2, v3] = entry;
    if (!this.#models.has(name)) {
      const { text } = this.#describe(name, name.startsWith(EXTENSIONS) ? 'apiextensions.k8s.io' : '', 'v1');
      this.#models.set(name, {
        ...(text === '' ? {} : { description: text }),
        ...(this.#dialect === 'v3' ? (v3 ?? v2) : v2),
      });
    }
    return this.#referenceTo(name);
  }
}

function listExtensions(schema: ListSchema): Json {
  return {
    'x-kubernetes-list-type': schema.topology,
    ...(schema.keys.length === 0 ? {} : { 'x-kubernetes-list-map-keys': schema.keys }),
  };
}

function unionsOf(schema: StructSchema): Json {
  if (schema.unions.length === 0) return {};
  return {
    'x-kubernetes-unions': schema.unions.map(({ discriminator, members }) => ({
      ...(discriminator === undefined ? {} : { discriminator }),
      'fields-to-discriminateBy': Object.fromEntries([...members].map(([value, field]) => [field, value])),
    })),
  };
}
