/** Small checks that many kinds share; each answers with upstream's cause or with nothing. */
import { type FieldError, type FieldPath, fieldErrors, internalForm, names, path, semanticEqual } from '@steersman/api';

const IMMUTABLE = 'field is immutable';
const PATH_FORMAT = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+";
const PATH = new RegExp(`^${PATH_FORMAT}$`);
const PATH_MESSAGE = `Invalid path (regex used for validation is '${PATH_FORMAT}')`;

/** `messages` is what a name rule said about `value`. */
export function invalidFor(messages: readonly string[], value: unknown, at: FieldPath): FieldError[] {
  return messages.map((message) => fieldErrors.invalid(at, value, message));
}

export function nonNegative(value: number | undefined, at: FieldPath): FieldError[] {
  if (value === undefined || value >= 0) return [];
  return [fieldErrors.invalid(at, value, 'must be greater than or equal to 0')];
}

export function positive(value: number | undefined, at: FieldPath): FieldError[] {
  if (value === undefined || value > 0) return [];
  return [fieldErrors.invalid(at, value, 'must be greater than 0')];
}

export function between(value: number | undefined, low: number, high: number, at: FieldPath): FieldError[] {
  if (value === undefined || (value >= low && value <= high)) return [];
  return [fieldErrors.invalid(at, value, `must be between ${low} and ${high}, inclusive`)];
}

export function immutable(value: unknown, old: unknown, at: FieldPath): FieldError[] {
  return semanticEqual(value ?? null, old ?? null) ? [] : [fieldErrors.invalid(at, value, IMMUTABLE)];
}

/** Required and of a closed set; an empty value is reported as missing. */
export function requiredOneOf(value: string | undefined, allowed: readonly string[], at: FieldPath): FieldError[] {
  return empty(value) ? [fieldErrors.required(at, '')] : oneOf(value, allowed, at);
}

/** The message lists what is allowed sorted, as upstream lists a set. */
export function oneOf(value: string | undefined, allowed: readonly string[], at: FieldPath): FieldError[] {
  return oneOfListed(value, allowed.toSorted(), at);
}

/** The same for what upstream keeps in a list: the message shows it in that order. */
export function oneOfListed(value: string | undefined, allowed: readonly string[], at: FieldPath): FieldError[] {
  return value !== undefined && allowed.includes(value) ? [] : [fieldErrors.notSupported(at, value ?? '', allowed)];
}

export function required(value: unknown, at: FieldPath, detail = ''): FieldError[] {
  const missing = value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);
  return missing ? [fieldErrors.required(at, detail)] : [];
}

/** Runs a check over a list, each item with its own path. */
export function each<T>(
  items: readonly T[] | undefined,
  at: FieldPath,
  check: (item: T, at: FieldPath, index: number) => readonly FieldError[],
): FieldError[] {
  return (items ?? []).flatMap((item, index) => check(item, at.index(index), index));
}

/** Reports every repetition of a key in a list. */
export function unique<T>(
  items: readonly T[] | undefined,
  key: (item: T, index: number) => { value: string; at: FieldPath } | undefined,
): FieldError[] {
  const seen = new Set<string>();
  const errors: FieldError[] = [];
  (items ?? []).forEach((item, index) => {
    const found = key(item, index);
    if (found === undefined) return;
    if (seen.has(found.value)) errors.push(fieldErrors.duplicate(found.at, found.value));
    seen.add(found.value);
  });
  return errors;
}

export function empty(value: string | undefined): value is undefined | '' {
  return value === undefined || value === '';
}

/** A value of one of upstream's internal types, as its errors print it; `ref` names the type in the facts. */
export function immutableStruct(value: unknown, old: unknown, ref: string, at: FieldPath): FieldError[] {
  if (semanticEqual(value ?? null, old ?? null)) return [];
  return [fieldErrors.invalid(at, value === undefined ? undefined : internalForm(value, ref), IMMUTABLE)];
}

/** Counts that controllers report: none may be negative. */
export function nonNegativeFields<K extends string>(
  status: Readonly<Partial<Record<K, number | undefined>>> | undefined,
  fields: readonly K[],
  at: FieldPath,
): FieldError[] {
  return fields.flatMap((field) => nonNegative(status?.[field], at.child(field)));
}

/** One count may not exceed another; `detail` says which. */
export function atMost(
  value: number | undefined,
  limit: number | undefined,
  detail: string,
  at: FieldPath,
): FieldError[] {
  return (value ?? 0) > (limit ?? 0) ? [fieldErrors.invalid(at, value, detail)] : [];
}

/** How often names of revisions collided is only ever counted up. */
export function collisionsDecremented(value: number | undefined, old: number | undefined): FieldError[] {
  const decremented = old !== undefined && (value ?? -1) < old;
  return decremented
    ? [fieldErrors.invalid(path('status', 'collisionCount'), value ?? 0, 'cannot be decremented')]
    : [];
}

/** A name such as `acme.io/foo`: a domain, and the path of a URL. */
export function domainPrefixedPath(value: string, at: FieldPath): FieldError[] {
  if (value === '') return [fieldErrors.required(at, '')];
  const slash = value.indexOf('/');
  const [host, rest] = [value.slice(0, slash), value.slice(slash + 1)];
  if (slash <= 0 || rest === '')
    return [fieldErrors.invalid(at, value, 'must be a domain-prefixed path (such as "acme.io/foo")')];
  const errors = invalidFor(names.dns1123Subdomain(host), host, at);
  return PATH.test(rest) ? errors : [...errors, fieldErrors.invalid(at, rest, PATH_MESSAGE)];
}
