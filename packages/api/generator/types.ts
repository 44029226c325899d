/**
 * Writes the TypeScript interfaces: one file per API group, every property readonly.
 */
import type { FactField, Facts, FactType } from '../src/facts.ts';
import type { TypeName } from './names.ts';

const HEADER = '// Generated from facts/ by generator/. To change it, change those and run: npm run generate\n';

const SCALARS: Readonly<Record<string, string>> = {
  string: 'string',
  bool: 'boolean',
  int32: 'number',
  int64: 'number',
  float64: 'number',
  bytes: 'string',
  any: 'unknown',
  time: 'string',
  microTime: 'string',
  duration: 'string',
  quantity: 'string',
  intOrString: 'number | string',
  fieldsV1: 'Readonly<Record<string, unknown>>',
  rawExtension: 'Readonly<Record<string, unknown>>',
  object: 'Readonly<Record<string, unknown>>',
  json: 'unknown',
};

class Emitter {
  readonly imports = new Map<string, Set<string>>();
  readonly facts: Facts;
  readonly names: ReadonlyMap<string, TypeName>;
  readonly file: string;

  constructor(facts: Facts, names: ReadonlyMap<string, TypeName>, file: string) {
    this.facts = facts;
    this.names = names;
    this.file = file;
  }

  /** The name of a type as this file writes it; remembers the import it needs. */
  nameOf(ref: string): string {
    const type = this.facts.types[ref];
    if (type?.kind === 'alias' && type.ref !== undefined) return this.nameOf(type.ref);
    const known = this.names.get(ref);
    if (known === undefined) return 'Readonly<Record<string, unknown>>';
    if (known.file !== this.file) {
      const wanted = this.imports.get(known.file) ?? new Set();
      this.imports.set(known.file, wanted.add(known.name));
    }
    return known.name;
  }

  /** The type of one value, before list or map is wrapped around it. */
  elementType(field: Pick<FactField, 'type' | 'ref'>): string {
    const ref = field.ref === undefined ? undefined : this.nameOf(field.ref);
    switch (field.type) {
      case 'schemaOrBool':
        return `${ref} | boolean`;
      case 'schemaOrArray':
        return `${ref} | readonly ${ref}[]`;
      case 'schemaOrStringArray':
        return `${ref} | readonly string[]`;
      default:
        return ref ?? SCALARS[field.type] ?? 'unknown';
    }
  }

  fieldType(field: FactField): string {
    if (field.named !== undefined) return this.nameOf(field.named);
    const element = this.elementType(field);
    return wrap(element, field.repeated === true, field.map === true);
  }
}

function wrap(element: string, repeated: boolean, map: boolean): string {
  if (map) return `Readonly<Record<string, ${repeated ? wrap(element, true, false) : element}>>`;
  if (!repeated) return element;
  return element.includes('|') ? `readonly (${element})[]` : `readonly ${element}[]`;
}

/** Whether the property is always there: see README.md, "Generated types". */
function isRequired(field: FactField, owner: FactType): boolean {
  if (owner.object === true && field.name === 'metadata') return true;
  if (owner.object === true && field.name === 'spec') return field.type === 'struct' && field.ptr !== true;
  if (owner.object === true && field.name === 'status') return false;
  return field.required === true || (field.optional !== true && field.omitempty !== true);
}

function property(emitter: Emitter, field: FactField, owner: FactType): string {
  const name = /^[A-Za-z_]\w*$/.test(field.name ?? '') ? field.name : `'${field.name}'`;
  const type = emitter.fieldType(field);
  return isRequired(field, owner) ? `  readonly ${name}: ${type};\n` : `  readonly ${name}?: ${type} | undefined;\n`;
}

/** The fields of a struct with the inlined ones in their place. */
function flatFields(facts: Facts, type: FactType): readonly FactField[] {
  return (type.fields ?? []).flatMap((field) => {
    if (field.inline !== true || field.ref === undefined) return field.name == null ? [] : [field];
    const inner = facts.types[field.ref];
    return inner === undefined ? [] : flatFields(facts, inner);
  });
}

function declaration(emitter: Emitter, name: string, type: FactType): string {
  switch (type.kind) {
    case 'struct':
      return `export interface ${name} {\n${flatFields(emitter.facts, type)
        .map((field) => property(emitter, field, type))
        .join('')}}\n`;
    case 'scalar': {
      const known =
        type.values?.filter((value) => value !== '').map((value) => `'${value.replaceAll("'", "\\'")}'`) ?? [];
      // Open on purpose: an object that was only decoded, not validated, may hold any string.
      return `export type ${name} = ${known.length === 0 ? 'string' : `${known.join(' | ')} | (string & {})`};\n`;
    }
    default: {
      const element = emitter.elementType({
        type: type.type ?? 'any',
        ...(type.ref === undefined ? {} : { ref: type.ref }),
      });
      return `export type ${name} = ${wrap(element, type.kind === 'list', type.kind === 'map')};\n`;
    }
  }
}

/** File contents by base name. */
export function emitTypes(facts: Facts, names: ReadonlyMap<string, TypeName>): ReadonlyMap<string, string> {
  const contents = new Map<string, string>();
  const files = [...new Set([...names.values()].map(({ file }) => file))].toSorted();
  for (const file of files) {
    const emitter = new Emitter(facts, names, file);
    const members = [...names]
      .filter(([, typeName]) => typeName.file === file)
      .toSorted(([, a], [, b]) => (a.name < b.name ? -1 : 1));
    const body = members.map(([ref, { name }]) => {
      const type = facts.types[ref];
      return type === undefined ? '' : declaration(emitter, name, type);
    });
    const imports = [...emitter.imports]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([other, used]) => `import type { ${[...used].toSorted().join(', ')} } from './${other}.ts';\n`);
    contents.set(file, `${HEADER}${imports.join('')}\n${body.join('\n')}`);
  }
  contents.set('types', HEADER + files.map((file) => `export type * from './${file}.ts';\n`).join(''));
  return contents;
}
