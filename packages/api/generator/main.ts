/**
 * The generated files of this package, by path from the root of the repository.
 */
import { loadFacts, loadResourceRows } from '../src/facts.ts';
import { nameTypes, splitRef } from './names.ts';
import { emitResources } from './resources.ts';
import { emitTypes } from './types.ts';

const FOLDER = 'packages/api/src/generated';

/** Types of every package that a v1.36 server still serves something of, or that others refer to; and the `Resources` constants. */
export function generateApi(): ReadonlyMap<string, string> {
  const facts = loadFacts();
  const rows = loadResourceRows();
  const packagesOf = (served: boolean) =>
    new Set(rows.filter((row) => row['served'] === served).map((row) => splitRef(String(row['typeRef']))[0]));
  const live = packagesOf(true);
  const dead = packagesOf(false);
  const names = nameTypes(facts, (packagePath) => live.has(packagePath) || !dead.has(packagePath));
  const contents = new Map<string, string>();
  for (const [file, content] of emitTypes(facts, names)) contents.set(`${FOLDER}/${file}.ts`, content);
  contents.set(`${FOLDER}/resources.ts`, emitResources(rows, facts, names));
  return contents;
}
