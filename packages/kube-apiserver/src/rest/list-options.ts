import {
  ApiError,
  errors,
  type FieldError,
  type FieldMatcher,
  fieldErrors,
  type LabelMatcher,
  parseFieldSelector,
  parseLabelSelector,
  path,
  SelectorError,
} from '@steersman/api';
import { queryFlag } from '@steersman/server';
import type { FieldRequirement, Selection } from '../cache/selection.ts';
import type { ServedResource } from '../registry/served-resource.ts';
import { type ContinueToken, decodeContinue } from './continue-token.ts';

export interface ListOptions {
  readonly selection: Selection;
  /** 0: no limit. */
  readonly limit: number;
  readonly continueFrom: ContinueToken | undefined;
  /** As given: '', '0' or a revision. */
  readonly resourceVersion: string;
  readonly match: '' | 'Exact' | 'NotOlderThan';
  readonly timeoutSeconds: number | undefined;
  readonly bookmarks: boolean;
  readonly sendInitialEvents: boolean | undefined;
}

type GivenOptions = Omit<ListOptions, 'selection'>;

/** Reads the query of a list, watch or deletecollection. Throws BadRequest or Invalid as upstream does. */
export function listOptionsOf(
  query: string,
  resource: ServedResource,
  namespace: string,
  name: string,
  watch: boolean,
): ListOptions {
  const parameters = new URLSearchParams(query);
  const text = (key: string) => parameters.get(key) ?? '';
  const token = text('continue');
  // Upstream's order: numbers, selectors, what goes together, which fields there are.
  const timeoutSeconds = integerOf(parameters, 'timeoutSeconds');
  const limit = integerOf(parameters, 'limit') ?? 0;
  const selectors = selectorsOf(text('labelSelector'), text('fieldSelector'));
  const given = {
    limit,
    continueFrom: undefined,
    resourceVersion: text('resourceVersion'),
    match: text('resourceVersionMatch') as ListOptions['match'],
    timeoutSeconds,
    bookmarks: queryFlag(parameters.get('allowWatchBookmarks')),
    sendInitialEvents: parameters.has('sendInitialEvents') ? queryFlag(parameters.get('sendInitialEvents')) : undefined,
  };
  check(given, token, watch);
  const options: ListOptions = { ...given, selection: selectionOf(selectors, resource, namespace, name) };
  if (token === '' || watch) return options;
  const continueFrom = decodeContinue(token);
  if (options.resourceVersion !== '' && options.resourceVersion !== '0')
    throw errors.badRequest('specifying resource version is not allowed when using continue');
  return { ...options, continueFrom };
}

/**
 * The revision a read asks for; undefined for '' and '0'. Throws Invalid unless it is a number; BadRequest where upstream asks its store
 * itself, as for exact revisions.
 */
export function revisionOf(text: string, exact = false): number | undefined {
  if (text === '' || text === '0') return undefined;
  const digits = /^\d+$/.test(text);
  if (digits && BigInt(text.slice(0, DIGITS_MAX)) < UINT64_END && text.length <= DIGITS_MAX) return Number(text);
  const why = `strconv.ParseUint: parsing ${JSON.stringify(text)}: ${digits ? OUT_OF_RANGE : NO_NUMBER}`;
  const problem = `resourceVersion: Invalid value: ${JSON.stringify(text)}: ${why}`;
  if (exact) throw errors.badRequest(`invalid resource version: ${problem}`);
  throw new ApiError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    code: 422,
    reason: 'Invalid',
    message: problem,
  });
}
const UINT64_END = 1n << 64n;
const INT64_END = 1n << 63n;
const DIGITS_MAX = 20; // Of any integer of 64 bits; longer texts are hostile.
const OUT_OF_RANGE = 'value out of range';
const NO_NUMBER = 'invalid syntax';

/** An integer of a query, as Go reads it; undefined when the parameter is absent. Throws BadRequest in Go's words. */
export function integerOf(parameters: URLSearchParams, name: string): number | undefined {
  const text = parameters.get(name);
  if (text === null) return undefined;
  const digits = /^[+-]?(\d+)$/.exec(text)?.[1];
  const sound = digits !== undefined && digits.length <= DIGITS_MAX && BigInt(digits) < INT64_END;
  if (sound) return Number(text);
  throw errors.badRequest(
    `strconv.ParseInt: parsing ${JSON.stringify(text)}: ${digits === undefined ? NO_NUMBER : OUT_OF_RANGE}`,
  );
}

/** Upstream's rules about which options go together, in its order. */
function check(options: GivenOptions, token: string, watch: boolean): void {
  const problems = watch ? watchProblems(options, token) : listProblems(options, token);
  if (problems.length > 0) throw errors.invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', problems);
}

const MATCH = path('resourceVersionMatch');
const WITH_CONTINUE = 'resourceVersionMatch is forbidden when continue is provided';

function watchProblems({ match, sendInitialEvents }: GivenOptions, token: string): FieldError[] {
  const problems: FieldError[] = [];
  if (sendInitialEvents !== undefined && match !== 'NotOlderThan')
    problems.push(
      fieldErrors.forbidden(MATCH, 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan'),
    );
  if (match === '') return problems;
  if (sendInitialEvents === undefined)
    problems.push(
      fieldErrors.forbidden(MATCH, 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided'),
    );
  if (match !== 'NotOlderThan') problems.push(fieldErrors.notSupported(MATCH, match, ['NotOlderThan']));
  if (token !== '') problems.push(fieldErrors.forbidden(MATCH, WITH_CONTINUE));
  return problems;
}

function listProblems({ match, resourceVersion, sendInitialEvents }: GivenOptions, token: string): FieldError[] {
  const problems: FieldError[] = [];
  if (match !== '') {
    if (resourceVersion === '')
      problems.push(
        fieldErrors.forbidden(MATCH, 'resourceVersionMatch is forbidden unless resourceVersion is provided'),
      );
    if (token !== '') problems.push(fieldErrors.forbidden(MATCH, WITH_CONTINUE));
    if (match !== 'Exact' && match !== 'NotOlderThan')
      problems.push(fieldErrors.notSupported(MATCH, match, ['Exact', 'NotOlderThan', '']));
    if (match === 'Exact' && resourceVersion === '0')
      problems.push(fieldErrors.forbidden(MATCH, 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'));
  }
  if (sendInitialEvents !== undefined)
    problems.push(fieldErrors.forbidden(path('sendInitialEvents'), 'sendInitialEvents is forbidden for list'));
  return problems;
}

interface Selectors {
  readonly labels: LabelMatcher | undefined;
  readonly fields: FieldMatcher | undefined;
  readonly fieldText: string;
}

function selectorsOf(labelText: string, fieldText: string): Selectors {
  const labels = labelText === '' ? undefined : parsed(() => parseLabelSelector(labelText));
  return { labels, fields: fieldText === '' ? undefined : parsed(() => parseFieldSelector(fieldText)), fieldText };
}

function selectionOf(
  { labels, fields: matcher, fieldText }: Selectors,
  resource: ServedResource,
  namespace: string,
  name: string,
): Selection {
  if (labels === undefined && matcher === undefined) {
    return {
      namespace: namespace === '' ? undefined : namespace,
      name: name === '' ? undefined : name,
      labels: undefined,
      fields: [],
      text: `${namespace}|${name}`,
    };
  }
  const fields = fieldRequirements(matcher, resource);
  const wanted = fields.find(({ field, equal }) => field === 'metadata.name' && equal)?.value;
  if (name !== '' && fields.length > 0 && wanted !== name)
    throw errors.badRequest("fieldSelector metadata.name doesn't match requested name");
  const inNamespace = fields.find(({ field, equal }) => field === 'metadata.namespace' && equal)?.value;
  const chosenNamespace = namespace !== '' ? namespace : (inNamespace ?? '');
  const chosenName = name !== '' ? name : wanted;
  return {
    namespace: chosenNamespace === '' ? undefined : chosenNamespace,
    name: chosenName === undefined || chosenName === '' ? undefined : chosenName,
    labels: labels === undefined || labels.everything ? undefined : labels,
    fields,
    text: `${namespace}|${name}|${labels?.toString() ?? ''}|${fieldText}`,
  };
}

function fieldRequirements(matcher: FieldMatcher | undefined, resource: ServedResource): readonly FieldRequirement[] {
  if (matcher === undefined) return [];
  const known = new Set(['metadata.name', 'metadata.namespace', ...selectableFieldNames(resource)]);
  const { requirements } = matcher;
  const storedField = resource.conversion?.storedField ?? ((served: string) => served);
  return requirements.map(({ field: served, operator, value }) => {
    const field = storedField(served);
    if (field === undefined || !known.has(field)) throw errors.badRequest(notSelectable(served, resource));
    return { field, value, equal: operator === '=' };
  });
}

/** Kinds without fields of their own are told which ones all have. */
function notSelectable(field: string, resource: ServedResource): string {
  const { kind } = resource.info;
  if (kind === 'Job') return `field label ${JSON.stringify(field)} not supported for Job`;
  if (kind === 'StatefulSet') return `field label not supported for appsv1.StatefulSet: ${field}`;
  if (selectableFieldNames(resource).length > 0) return `field label not supported: ${field}`;
  return `${JSON.stringify(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`;
}

const namesByResource = new WeakMap<ServedResource, readonly string[]>();

/** The field names a strategy answers for, learned from what it says about an empty object. */
function selectableFieldNames(resource: ServedResource): readonly string[] {
  let names = namesByResource.get(resource);
  if (names === undefined) {
    const probe = { metadata: {}, spec: {}, status: {}, involvedObject: {}, source: {} };
    names =
      resource.strategy.selectable === undefined
        ? []
        : Object.keys(resource.strategy.selectable.fields(probe as never));
    namesByResource.set(resource, names);
  }
  return names;
}

function parsed<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof SelectorError) throw errors.badRequest(error.message);
    throw error instanceof ApiError ? error : errors.badRequest(String(error));
  }
}
