/**
 * Bodies that say to be something else than what the endpoint takes. Upstream reads any kind that it knows, whatever the endpoint, and
 * then finds that it cannot convert it: the texts, and which of them comes first, follow from that.
 */
import {
  type ApiError,
  type DecodeError,
  decodeDocument,
  errors,
  goTypeName,
  type StructSchema,
  schemaFor,
  unrecognizedBody,
  valueKind,
} from '@steersman/api';
import { ANY_VERSION, type ExpectedKind } from './expected-kind.ts';

/** Where upstream makes the list of the kinds it knows, which its error texts name. */
const SCHEME = 'pkg/api/legacyscheme/scheme.go:30';
/** How Go prints the struct that upstream reads the type of a document into. */
const HEAD_TYPE =
  'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';
/** Upstream's packages of internal types that are not named as the first part of their group. */
const INTERNAL_PACKAGES: Readonly<Record<string, string>> = {
  '': 'core',
  'events.k8s.io': 'core',
  'rbac.authorization.k8s.io': 'rbac',
  'internal.apiserver.k8s.io': 'apiserverinternal',
};

/** What a document says it is, with what it leaves out filled in from what is expected. */
interface Head {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/**
 * The error for a body that could not be decoded as, or is not, what the endpoint takes. Undefined when the body's type is the expected
 * one, or another version of it: then whatever else is wrong with it counts. `document`: the body parsed, undefined where it cannot be.
 */
export function foreignBody(document: unknown, expected: ExpectedKind, text: string): ApiError | undefined {
  if (document === undefined || expected.version === ANY_VERSION) return undefined;
  const unreadable = headProblem(document);
  if (unreadable !== undefined) return unrecognizedBody(expected.kind, unreadable, text);
  const head = headOf(document as Record<string, unknown>, expected);
  const problem = foreignProblem(document, head, expected, text);
  if (problem === undefined) return undefined;
  return errors.badRequest(
    `${head.kind} in version ${JSON.stringify(head.version)} cannot be handled as a ${expected.kind}: ${problem}`,
  );
}

/** The same for an object that a patch has made: what upstream finds wrong with its type, if anything. */
export function foreignObject(
  object: Record<string, unknown>,
  expected: ExpectedKind,
  text: string,
): string | undefined {
  return foreignProblem(object, headOf(object, expected), expected, text);
}

/** Why the type of a document cannot be found out. */
function headProblem(document: unknown): string | undefined {
  const cannot = (what: unknown, into: string) =>
    `couldn't get version/kind; json parse error: json: cannot unmarshal ${valueKind(what)} into Go ${into}`;
  if (typeof document !== 'object' || document === null || Array.isArray(document))
    return cannot(document, `value of type ${HEAD_TYPE}`);
  const given = document as Record<string, unknown>;
  for (const field of ['apiVersion', 'kind'])
    if (typeof (given[field] ?? '') !== 'string') return cannot(given[field], `struct field .${field} of type string`);
  const version = String(given['apiVersion'] ?? '');
  return version.split('/').length > 2 ? `unexpected GroupVersion string: ${version}` : undefined;
}

function headOf(document: Record<string, unknown>, expected: ExpectedKind): Head {
  const [first = '', second] = String(document['apiVersion'] ?? '').split('/');
  const [group, version] = second === undefined ? ['', first] : [first, second];
  const kind = String(document['kind'] ?? '') || expected.kind;
  const open = version === '' && (group === '' || group === expected.group);
  return open ? { group: expected.group, version: expected.version, kind } : { group, version, kind };
}

function foreignProblem(document: unknown, head: Head, expected: ExpectedKind, text: string): string | undefined {
  if (head.version === '') return `Object 'apiVersion' is missing in '${text}'`;
  const schema = schemaFor(head);
  if (schema === undefined) return isTaken(head, expected) ? undefined : notRegistered(head);
  if (head.kind === expected.kind && internalPackage(head.group) === internalPackage(expected.group)) return undefined;
  return (
    mistyped(document, schema) ??
    `converting (${goTypeName(schema)}) to (${internalPackage(expected.group)}.${expected.kind}): unknown conversion`
  );
}

/** Kinds of subresources that are no kinds of their group. */
function isTaken({ group, version, kind }: Head, expected: ExpectedKind): boolean {
  return kind === expected.kind && group === expected.group && version === expected.version;
}

function notRegistered({ group, version, kind }: Head): string {
  const groupVersion = group === '' ? version : `${group}/${version}`;
  return `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(groupVersion)} in scheme "${SCHEME}"`;
}

export function internalPackage(group: string): string {
  return INTERNAL_PACKAGES[group] ?? group.split('.', 1)[0]!;
}

function mistyped(document: unknown, schema: StructSchema): string | undefined {
  let problem: string | undefined;
  const refusal = (error: DecodeError) => {
    problem = error.message;
    return errors.badRequest(error.message);
  };
  try {
    decodeDocument(document, schema, { refusal });
  } catch (error) {
    if (problem === undefined) throw error;
  }
  return problem;
}
