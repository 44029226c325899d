/**
 * The sentences that `kubectl explain` prints, read from the doc comments of the installed npm package kubernetes-models (and
 * its apimachinery part). They are read when first asked for; without the package there are none.
 */
import { readFileSync } from 'node:fs';

/** What is said of one type. */
export interface TypeDescription {
  readonly text: string;
  readonly fields: ReadonlyMap<string, string>;
}

/** Finds the description of an OpenAPI model by name, group and version. */
export type Describe = (model: string, group: string, version: string) => TypeDescription;

const NOTHING: TypeDescription = { text: '', fields: new Map() };
const APIMACHINERY = 'io.k8s.apimachinery.pkg.';

function packageFolder(name: string): URL | undefined {
  try {
    return new URL('./', import.meta.resolve(name));
  } catch {
    return undefined; // Not installed, or this is a bundle.
  }
}

/** A reader that caches what it read. */
export function installedDescriptions(): Describe {
  const models = packageFolder('kubernetes-models');
  const machinery = packageFolder('@kubernetes-models/apimachinery');
  const known = new Map<string, TypeDescription>();
  return (model, group, version) => {
    let found = known.get(model);
    if (found === undefined) {
      const file = fileOf(model, group, version);
      const folder = model.startsWith(APIMACHINERY) ? machinery : models;
      found = folder === undefined ? NOTHING : read(new URL(`${file}.d.ts`, folder));
      known.set(model, found);
    }
    return found;
  };
}

function fileOf(model: string, group: string, version: string): string {
  const name = model.slice(model.lastIndexOf('.') + 1);
  if (model.startsWith(APIMACHINERY)) return model.slice(APIMACHINERY.length).replaceAll('.', '/');
  return group === '' ? `${version}/${name}` : `${group}/${version}/${name}`;
}

/** One comment and what it stands before: an exported interface or type, or a quoted property. */
const COMMENTED = /\/\*\*((?:[^*]|\*(?!\/))*)\*\/\s*(?:export (?:interface|type) \w+|(?:"([^"]+)"\??:))/g;

function read(file: URL): TypeDescription {
  let source: string;
  try {
    source = readFileSync(file, 'utf8');
  } catch {
    return NOTHING;
  }
  const end = source.indexOf('export declare class');
  let text = '';
  const fields = new Map<string, string>();
  for (const [, comment = '', field] of (end === -1 ? source : source.slice(0, end)).matchAll(COMMENTED)) {
    const plain = textOf(comment);
    if (field !== undefined) fields.set(field, plain);
    else if (text === '') text = plain;
  }
  return { text, fields };
}

function textOf(comment: string): string {
  const lines = comment.split('\n').map((line) => line.replace(/^\s*\*? ?/, ''));
  return lines.join('\n').trim().replaceAll('*\\/', '*/').replaceAll('\\*', '*');
}
