/**
 * Values as upstream prints them in validation errors: it validates its internal types, which have no JSON tags, so that a
 * struct shows every field under its Go name, absent ones included. Types of meta/v1 are the same inside and outside.
 */
import { type FactField, type FactType, loadFacts } from './facts.ts';

type Json = Readonly<Record<string, unknown>>;
const SHARED = 'k8s.io/apimachinery/';
/** Fields that the internal type has right behind another, where the API has them further down. */
const MOVED_BEHIND: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'k8s.io/api/core/v1.VolumeSource': { Quobyte: 'RBD' },
  'k8s.io/api/core/v1.PersistentVolumeSource': { Quobyte: 'RBD', FlexVolume: 'ISCSI' },
};
const NUMBERS: ReadonlySet<string> = new Set(['int32', 'int64', 'float64', 'intOrString']);

/** `ref` is a key of the facts' types, such as `k8s.io/api/rbac/v1.RoleRef`. What is no struct of the facts stays as it is. */
export function internalForm(value: unknown, ref: string): unknown {
  const type = loadFacts().types[ref];
  if (type === undefined || ref.startsWith(SHARED)) return value ?? null;
  if (type.kind !== 'struct') return value ?? null;
  return reordered(struct((value ?? {}) as Json, type), MOVED_BEHIND[ref]);
}

function reordered(shown: Json, moved: Readonly<Record<string, string>> | undefined): Json {
  if (moved === undefined) return shown;
  const entries = Object.entries(shown);
  const followers = (name: string) => entries.filter(([key]) => moved[key] === name);
  return Object.fromEntries(
    entries.filter(([key]) => moved[key] === undefined).flatMap((entry) => [entry, ...followers(entry[0])]),
  );
}

function struct(value: Json, { fields = [] }: FactType): Json {
  const shown: Record<string, unknown> = {};
  for (const field of fields) {
    if (field.inline === true && field.ref !== undefined) Object.assign(shown, internalForm(value, field.ref));
    else if (field.go === 'ObjectMeta')
      Object.assign(shown, value[field.name ?? 'metadata']); // Embedded there.
    else if (typeof field.name === 'string') shown[field.go] = member(value[field.name], field);
  }
  return shown;
}

function member(value: unknown, field: FactField): unknown {
  const { ref } = field;
  if (value === undefined || value === null) return absent(field);
  const inside = (item: unknown) => (ref === undefined ? item : internalForm(item, ref));
  if (field.repeated === true) return (value as readonly unknown[]).map(inside);
  if (field.map !== true) return inside(value);
  const keys = Object.keys(value).toSorted();
  return Object.fromEntries(keys.map((key) => [key, inside((value as Json)[key])]));
}

/** What Go has in a field that nothing was put into. */
function absent({ ptr, repeated, map, type, ref }: FactField): unknown {
  if (ptr === true || repeated === true || map === true) return null;
  if (type === 'struct') return ref === undefined ? {} : internalForm({}, ref);
  if (type === 'string') return '';
  if (type === 'bool') return false;
  if (type === 'quantity') return '0';
  return NUMBERS.has(type) ? 0 : null;
}
