/**
 * Writes the `Resources` constants: one descriptor per served resource, typed by its object.
 */
import type { Facts } from '../src/facts.ts';
import { fileOf, splitRef, type TypeName } from './names.ts';

interface Row {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  readonly typeRef: string;
  readonly served: boolean;
}

/** The plural in the kind's casing, first letter small: EndpointSlice -> endpointSlices, CSIDriver -> csiDrivers. */
export function constantName(kind: string, plural: string): string {
  let shared = 0;
  while (shared < kind.length && kind[shared]?.toLowerCase() === plural[shared]) shared += 1;
  const cased = kind.slice(0, shared) + plural.slice(shared);
  const acronym = /^[A-Z]+(?=[A-Z][a-z])/.exec(cased)?.[0] ?? cased.slice(0, 1);
  return acronym.toLowerCase() + cased.slice(acronym.length);
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

function nameRows(rows: readonly Row[]): ReadonlyMap<string, Row> {
  const named = new Map<string, Row>();
  const taken = new Map<string, Row>();
  const stable = (row: Row) => /^v\d+$/.test(row.version);
  for (const row of [...rows.filter(stable), ...rows.filter((candidate) => !stable(candidate))]) {
    const own = constantName(row.kind, row.plural);
    const group = fileOf(splitRef(row.typeRef)[0]);
    const candidates = [
      ...(stable(row)
        ? [own, taken.get(own)?.group === row.group ? row.version + capital(own) : group + capital(own)]
        : []),
      row.version + capital(own),
      group + capital(row.version) + capital(own),
    ];
    const name = candidates.find((candidate) => !taken.has(candidate));
    if (name === undefined) throw new RangeError(`no free constant for ${row.group}/${row.version} ${row.plural}`);
    taken.set(name, row);
    named.set(name, row);
  }
  return named;
}

/** The content of resources.ts. */
export function emitResources(
  rows: readonly Readonly<Record<string, unknown>>[],
  facts: Facts,
  names: ReadonlyMap<string, TypeName>,
): string {
  const served = (rows as unknown as readonly Row[]).filter((row) => row.served);
  const imports = new Map<string, Set<string>>();
  const lines: string[] = [];
  for (const [constant, row] of nameRows(served)) {
    const alias = facts.types[row.typeRef];
    const type = names.get(alias?.kind === 'alias' && alias.ref !== undefined ? alias.ref : row.typeRef);
    if (type === undefined) throw new RangeError(`${row.typeRef} has no generated type`);
    imports.set(type.file, (imports.get(type.file) ?? new Set()).add(type.name));
    const { group, version, kind, plural, namespaced } = row;
    const fields = `group: '${group}', version: '${version}', kind: '${kind}', plural: '${plural}', namespaced: ${namespaced}`;
    lines.push(`  ${constant}: { ${fields} } as ResourceType<${type.name}>,\n`);
  }
  const importLines = [...imports]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([file, used]) => `import type { ${[...used].toSorted().join(', ')} } from './${file}.ts';\n`);
  return [
    '// Generated from facts/ by generator/. To change it, change those and run: npm run generate\n',
    "import type { ResourceType } from '../contract.ts';\n",
    ...importLines,
    '\n/** One constant per served resource, named by the plural in the casing of its kind. */\n',
    'export const Resources = {\n',
    ...lines,
    '} as const;\n',
  ].join('');
}
