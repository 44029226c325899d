/**
 * Builds the Schema graph from the facts, each struct when it is first asked for: starting up pays for no type that is not used.
 */
import { type FactField, type Facts, type FactType, loadFacts } from '../facts.ts';
import type {
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
} from './schema.ts';
import { goPackage } from './schema.ts';

/** A struct of the facts; its fields are worked out at first use, because types refer to themselves. */
class FactStruct implements StructSchema {
  readonly kind = 'struct';
  readonly name: string;
  readonly ref: string;
  readonly group: string;
  readonly version: string;
  readonly home: { readonly group: string; readonly version: string };
  readonly object: boolean;
  readonly model: string;
  readonly atomic: boolean;
  readonly #type: FactType;
  readonly #facts: Facts;
  #fields: readonly Field[] | undefined;
  #byName: ReadonlyMap<string, Field> | undefined;
  #filled: readonly Field[] | undefined;
  #wire: readonly WireField[] | undefined;
  #byNumber: ReadonlyMap<number, WireField> | undefined;

  constructor(facts: Facts, ref: string, type: FactType) {
    this.#facts = facts;
    this.#type = type;
    this.ref = ref;
    const packagePath = ref.slice(0, ref.lastIndexOf('.'));
    this.name = ref.slice(packagePath.length + 1);
    const home = facts.packages[packagePath];
    this.home = { group: home?.group ?? '', version: home?.version ?? '' };
    this.group = type.group ?? '';
    this.version = type.version ?? '';
    this.object = type.object === true;
    this.model = `${home?.openapi ?? packagePath.replaceAll('/', '.')}.${this.name}`;
    this.atomic = type.structType === 'atomic';
  }

  get fields(): readonly Field[] {
    this.#fields ??= flatFields(this.#facts, this.#type).map(buildField);
    return this.#fields;
  }
  get byName(): ReadonlyMap<string, Field> {
    this.#byName ??= new Map(this.fields.map((field) => [field.name, field]));
    return this.#byName;
  }
  get filled(): readonly Field[] {
    this.#filled ??= this.fields.filter(({ zero }) => zero === 'fill');
    return this.#filled;
  }
  get wire(): readonly WireField[] {
    this.#wire ??= (this.#type.fields ?? [])
      .filter(({ proto }) => proto !== undefined)
      .map(buildWireField)
      .toSorted((a, b) => a.number - b.number);
    return this.#wire;
  }
  get byNumber(): ReadonlyMap<number, WireField> {
    this.#byNumber ??= new Map(this.wire.map((field) => [field.number, field]));
    return this.#byNumber;
  }
  get unions(): readonly Union[] {
    return this.#type.union === true ? [unionOf(this.#type)] : [];
  }
}

/** Fields in JSON order with the inlined structs' own in their place. */
function flatFields(facts: Facts, type: FactType): readonly FactField[] {
  return (type.fields ?? []).flatMap((field) => {
    if (field.inline !== true) return field.name == null ? [] : [field];
    const inner = field.ref === undefined ? undefined : facts.types[field.ref];
    return inner === undefined ? [] : flatFields(facts, inner);
  });
}

function unionOf(type: FactType): Union {
  const fields = type.fields ?? [];
  const discriminator = fields.find((field) => field.discriminator === true)?.name;
  const members = fields.filter(
    (field) => field.optional === true && field.discriminator !== true && field.name != null,
  );
  return {
    ...(discriminator == null ? {} : { discriminator }),
    members: new Map(members.map((field) => [field.go, field.name ?? ''])),
  };
}

/** Values that JSON has no zero for: null stands for them, and null is absent. */
const WITHOUT_ZERO: ReadonlySet<string> = new Set([
  'time',
  'microTime',
  'rawExtension',
  'json',
  'any',
  'object',
  'fieldsV1',
  'bytes',
]);
/** Go writes these structs whatever `omitempty` says. */
const ALWAYS_WRITTEN: ReadonlySet<string> = new Set(['struct', 'quantity', 'duration']);

function zeroRule(field: FactField): ZeroRule {
  const many = field.repeated === true || field.map === true || field.named !== undefined || field.type === 'list';
  if (many) return field.omitempty === true ? 'drop' : 'fill';
  if (field.ptr === true) return 'keep';
  if (field.omitzero === true || WITHOUT_ZERO.has(field.type) || field.type.startsWith('schemaOr')) return 'keep';
  if (ALWAYS_WRITTEN.has(field.type)) return 'fill';
  // An unset int-or-string reads as 0 upstream; left out here, so that defaulting sees that nobody chose it.
  return field.omitempty === true || field.type === 'intOrString' ? 'drop' : 'fill';
}

const ZEROS: Readonly<Record<string, unknown>> = { string: '', bool: false, int32: 0, int64: 0, float64: 0 };

function shownDefault(field: FactField): unknown {
  if (field.default !== undefined) return field.default;
  if (field.ptr === true || field.repeated === true || field.map === true || field.named !== undefined)
    return undefined;
  if (field.type === 'struct') return {};
  return field.omitempty === true ? undefined : ZEROS[field.type];
}

function buildField(field: FactField, index: number): Field {
  return {
    name: field.name ?? '',
    index,
    schema: schemaOfField(field),
    pointer: field.ptr === true,
    zero: zeroRule(field),
    required: field.required === true || (field.optional !== true && field.omitempty !== true),
    nullable: field.nullable === true,
    default: field.default,
    shownDefault: shownDefault(field),
    patchStrategy: field.patchStrategy ?? [],
    patchMergeKey: field.patchMergeKey,
    atomic: field.structType === 'atomic' || field.mapType === 'atomic',
    featureGates: field.featureGates ?? [],
    rules: field.rules ?? [],
  };
}

function buildWireField(field: FactField): WireField {
  const inline = field.inline === true && field.ref !== undefined ? structOf(field.ref) : undefined;
  const single = field.repeated !== true && field.map !== true && field.ptr !== true && !isNamedCollection(field);
  return {
    number: field.proto ?? 0,
    name: inline === undefined ? (field.name ?? unnamedWireName(field)) : '',
    schema: inline ?? schemaOfField(field),
    always: single && field.type !== 'bytes' && field.type !== 'list',
    inline,
    zero: zeroRule(field),
  };
}

/** runtime.Unknown's payload has no JSON name; it is only ever met on the wire. */
function unnamedWireName(field: FactField): string {
  return field.go.charAt(0).toLowerCase() + field.go.slice(1);
}

function isNamedCollection(field: FactField): boolean {
  const kind = field.named === undefined ? undefined : loadFacts().types[field.named]?.kind;
  return kind === 'list' || kind === 'map';
}

/** The schema of a field, its list or map included. */
function schemaOfField(field: FactField): Schema {
  const named = field.named === undefined ? undefined : resolve(field.named);
  let element = elementSchema(field.type, field.ref);
  const repeated = field.repeated === true;
  if (repeated) element = listOf(element, field, named?.kind === 'list' ? named.proto : undefined);
  return field.map === true ? mapOf(element, field, named) : element;
}

function listOf(element: Schema, field: FactField, wrapped?: number): ListSchema {
  const topology = field.listType === 'map' || field.listType === 'set' ? field.listType : 'atomic';
  return { kind: 'list', element, topology, keys: field.listMapKeys ?? [], wrapped };
}

function mapOf(element: Schema, field: FactField, named: FactType | undefined): MapSchema {
  return { kind: 'map', element, atomic: (field.mapType ?? named?.mapType) === 'atomic' };
}

function resolve(ref: string): FactType | undefined {
  const type = loadFacts().types[ref];
  return type?.kind === 'alias' && type.ref !== undefined ? resolve(type.ref) : type;
}

const scalars = new Map<string, ScalarSchema>();

function scalarOf(type: ScalarType, ref: string | undefined): ScalarSchema {
  const key = `${type} ${ref ?? ''}`;
  const known = scalars.get(key);
  if (known !== undefined) return known;
  const holdsSchema = type.startsWith('schemaOr');
  const named = ref === undefined || holdsSchema ? undefined : resolve(ref);
  const made: ScalarSchema = {
    kind: 'scalar',
    type,
    name: named === undefined || ref === undefined ? '' : `${goPackage(ref)}.${ref.slice(ref.lastIndexOf('.') + 1)}`,
    values: named?.values ?? [],
    closed: named?.enum === true,
    ...(named?.rules === undefined ? {} : { rules: named.rules }),
    schema: holdsSchema && ref !== undefined ? structOf(ref) : undefined,
  };
  scalars.set(key, made);
  return made;
}

/** One value of a type of the facts, before any list or map around it. */
function elementSchema(type: string, ref: string | undefined): Schema {
  if (type === 'struct' && ref !== undefined) return structOf(ref);
  if (type === 'list' && ref !== undefined) return schemaOfType(ref) ?? scalarOf('any', undefined);
  return scalarOf(type as ScalarType, ref);
}

const structs = new Map<string, FactStruct>();

/** The struct behind a ref that the facts vouch for. */
function structOf(ref: string): StructSchema {
  const schema = schemaOfType(ref);
  if (schema?.kind !== 'struct') throw new RangeError(`${ref} is not a struct of the facts; regenerate facts/`);
  return schema;
}

/** The schema of a named type of the facts, by its key (`k8s.io/api/core/v1.PodSpec`); undefined when there is none. */
export function schemaOfType(ref: string): Schema | undefined {
  const known = structs.get(ref);
  if (known !== undefined) return known;
  const type = loadFacts().types[ref];
  switch (type?.kind) {
    case 'struct': {
      const made = new FactStruct(loadFacts(), ref, type);
      structs.set(ref, made);
      return made;
    }
    case 'alias':
      return type.ref === undefined ? undefined : schemaOfType(type.ref);
    case 'list':
      return {
        kind: 'list',
        element: elementSchema(type.type ?? 'any', type.ref),
        topology: 'atomic',
        keys: [],
        wrapped: type.proto,
      };
    case 'map':
      return { kind: 'map', element: elementSchema(type.type ?? 'any', type.ref), atomic: type.mapType === 'atomic' };
    case 'scalar':
      return scalarOf('string', ref);
    default:
      return undefined;
  }
}

let byKind: ReadonlyMap<string, string> | undefined;
const kindKey = (group: string, version: string, kind: string) => `${group}/${version}/${kind}`;

/** Every registered kind's key in the facts. */
function kindTable(): ReadonlyMap<string, string> {
  const table = new Map<string, string>();
  for (const [ref, type] of Object.entries(loadFacts().types)) {
    const target = type.kind === 'alias' ? resolve(ref) : type;
    if (target?.object !== true) continue;
    const packagePath = ref.slice(0, ref.lastIndexOf('.'));
    const home = loadFacts().packages[packagePath];
    table.set(
      kindKey(
        target.group ?? home?.group ?? '',
        target.version ?? home?.version ?? '',
        ref.slice(packagePath.length + 1),
      ),
      ref,
    );
    if (target.everyVersion === true) table.set(kindKey('*', '*', ref.slice(packagePath.length + 1)), ref);
  }
  return table;
}

/** The schema of a registered kind; undefined when the facts do not know it. Options kinds are found in every group and version. */
export function schemaFor(of: {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}): StructSchema | undefined {
  byKind ??= kindTable();
  const ref = byKind.get(kindKey(of.group, of.version, of.kind)) ?? byKind.get(kindKey('*', '*', of.kind));
  const schema = ref === undefined ? undefined : schemaOfType(ref);
  return schema?.kind === 'struct' ? schema : undefined;
}
