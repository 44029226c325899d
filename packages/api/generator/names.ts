/**
 * Which TypeScript name, in which file, each Go type of the facts gets.
 * The best stable version of a group keeps the plain name; other versions are prefixed with theirs (V1beta1LeaseCandidate);
 * on a collision between groups the earlier group wins and the later one is prefixed (EventsEvent).
 */
import type { Facts } from '../src/facts.ts';

export interface TypeName {
  readonly name: string;
  /** Base name of the generated file, without `.ts`. */
  readonly file: string;
}

/** Groups whose names win collisions, before all others in alphabetical order. */
const FIRST_FILES = ['core', 'meta', 'apps', 'batch', 'networking', 'rbac', 'storage', 'discovery'];

/** 'k8s.io/api/core/v1.Pod' -> ['k8s.io/api/core/v1', 'Pod']. */
export function splitRef(ref: string): readonly [string, string] {
  const dot = ref.lastIndexOf('.');
  return [ref.slice(0, dot), ref.slice(dot + 1)];
}

/** The short name of a package's group: its folder above the version. */
export function fileOf(packagePath: string): string {
  if (packagePath.startsWith('k8s.io/apimachinery/')) return 'meta';
  const parts = packagePath.split('/');
  return parts.at(-2) ?? packagePath;
}

const versionOf = (packagePath: string) => packagePath.split('/').at(-1) ?? '';
const capital = (text: string) => text.replace(/(?:^|_)(.)/g, (_, letter: string) => letter.toUpperCase());
const isStable = (version: string) => /^v\d+$/.test(version) || !/^v\d/.test(version);

/** Stable first, then newest: v2, v1, v1beta2, v1beta1, v1alpha3. */
function compareVersions(a: string, b: string): number {
  const rank = (version: string): readonly [number, number, number] => {
    const match = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version);
    if (match === null) return [3, 0, 0];
    const level = match[2] === undefined ? 2 : match[2] === 'beta' ? 1 : 0;
    return [level, Number(match[1]), Number(match[3] ?? 0)];
  };
  const [left, right] = [rank(a), rank(b)];
  for (const index of [0, 1, 2] as const) {
    if (left[index] !== right[index]) return right[index] - left[index];
  }
  return 0;
}

function fileRank(file: string): number {
  const rank = FIRST_FILES.indexOf(file);
  return rank === -1 ? FIRST_FILES.length : rank;
}

/** Orders refs so that the one met first may take a contested name. */
function compareRefs(a: string, b: string): number {
  const [left, right] = [splitRef(a)[0], splitRef(b)[0]];
  const [leftFile, rightFile] = [fileOf(left), fileOf(right)];
  return (
    Number(!isStable(versionOf(left))) - Number(!isStable(versionOf(right))) ||
    fileRank(leftFile) - fileRank(rightFile) ||
    (leftFile < rightFile ? -1 : leftFile > rightFile ? 1 : 0) ||
    compareVersions(versionOf(left), versionOf(right)) ||
    (a < b ? -1 : 1)
  );
}

/** Names every type that `includes` its package. Aliases are left out: they take the name of what they stand for. */
export function nameTypes(facts: Facts, includes: (packagePath: string) => boolean): ReadonlyMap<string, TypeName> {
  const names = new Map<string, TypeName>();
  const taken = new Map<string, string>();
  const refs = Object.keys(facts.types).filter(
    (ref) => includes(splitRef(ref)[0]) && facts.types[ref]?.kind !== 'alias',
  );
  for (const ref of refs.toSorted(compareRefs)) {
    const [packagePath, type] = splitRef(ref);
    const file = fileOf(packagePath);
    const version = capital(versionOf(packagePath));
    const group = capital(file);
    const older = taken.get(type) === file;
    const plain = isStable(versionOf(packagePath)) ? [type, older ? version + type : group + type] : [];
    const name = [...plain, version + type, group + version + type].find((candidate) => !taken.has(candidate));
    if (name === undefined) throw new RangeError(`no free name for ${ref}: give its group a prefix in names.ts`);
    taken.set(name, file);
    names.set(ref, { name, file });
  }
  return names;
}
