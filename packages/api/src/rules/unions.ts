/** Unions: exactly one, or at most one, of a group of members is set. */
import { type FieldError, type FieldPath, fieldErrors } from '../field-errors.ts';
import type { StructSchema } from '../schema/schema.ts';
import { type RuleLevel, rulesAt } from './plan.ts';
import { isPresent } from './values.ts';

type Json = Readonly<Record<string, unknown>>;

interface Member {
  readonly text: string;
  readonly isSet: (value: Json) => boolean;
}
interface Members {
  readonly exact: readonly Member[];
  readonly atMost: readonly Member[];
}

const cache = { enforced: new WeakMap<StructSchema, Members>(), declared: new WeakMap<StructSchema, Members>() };

function membersOf(level: RuleLevel, struct: StructSchema): Members {
  const known = cache[level].get(struct);
  if (known !== undefined) return known;
  const named = (wanted: string) =>
    struct.fields.flatMap(({ name, rules }) =>
      rulesAt(level, rules)
        .filter(({ rule }) => rule === wanted)
        .map(({ on = [] }) => memberOf(name, on.find((step) => 'item' in step)?.['item'] as Json | undefined)),
    );
  const made = { exact: named('unionMember'), atMost: named('zeroOrOneOfMember') };
  cache[level].set(struct, made);
  return made;
}

/** A field, or the element of a list that has the given values. */
function memberOf(name: string, item: Json | undefined): Member {
  if (item === undefined) return { text: `\`${name}\``, isSet: (value) => isPresent(value[name]) };
  const matches = (candidate: unknown) =>
    Object.entries(item).every(([key, wanted]) => (candidate as Json | null)?.[key] === wanted);
  return {
    text: `\`${name}[${JSON.stringify(item)}]\``,
    isSet: (value) => Array.isArray(value[name]) && (value[name] as readonly unknown[]).some(matches),
  };
}

/** The causes of a union with too many or too few members; an update that leaves the choice as it was has none. */
export function unionErrors(
  level: RuleLevel,
  struct: StructSchema,
  value: Json,
  old: Json | undefined,
  at: FieldPath,
): readonly FieldError[] {
  const { exact, atMost } = membersOf(level, struct);
  if (exact.length === 0 && atMost.length === 0) return [];
  return [
    ...groupErrors(exact, value, old, at, 'must specify exactly one of', 'must specify one of'),
    ...groupErrors(atMost, value, old, at, 'must specify at most one of', undefined),
  ];
}

function groupErrors(
  members: readonly Member[],
  value: Json,
  old: Json | undefined,
  at: FieldPath,
  many: string,
  none: string | undefined,
): readonly FieldError[] {
  if (members.length === 0) return [];
  const set = members.filter((member) => member.isSet(value));
  if (old !== undefined && members.every((member) => member.isSet(value) === member.isSet(old))) return [];
  const all = members.map(({ text }) => text).join(', ');
  if (set.length > 1)
    return [fieldErrors.invalid(at, `{${set.map(({ text }) => text).join(', ')}}`, `${many}: ${all}`)];
  return set.length === 0 && none !== undefined ? [fieldErrors.invalid(at, '', `${none}: ${all}`)] : [];
}
