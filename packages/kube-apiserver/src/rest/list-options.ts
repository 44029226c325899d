import {
  ApiError,
  errors,
  type FieldError,
  fieldErrors,
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
  const options: ListOptions = {
    selection: selectionOf(text('labelSelector'), text('fieldSelector'), resource, namespace, name),
    limit: numberOf(text('limit'), 'limit') ?? 0,
    continueFrom: undefined,
    resourceVersion: text('resourceVersion'),
    match: text('resourceVersionMatch') as ListOptions['match'],
    timeoutSeconds: numberOf(text('timeoutSeconds'), 'timeoutSeconds'),
    bookmarks: queryFlag(parameters.get('allowWatchBookmarks')),
    sendInitialEvents: parameters.has('sendInitialEvents') ? queryFlag(parameters.get('sendInitialEvents')) : undefined,
  };
  check(options, token, watch);
  if (token === '' || watch) return options;
  const continueFrom = decodeContinue(token);
  if (options.resourceVersion !== '' && options.resourceVersion !== '0')
    throw errors.badRequest('specifying resource version is not allowed when using continue');
  return { ...options, continueFrom };
}

/** The revision a read asks for; undefined for '' and '0'. Throws BadRequest unless it is a number. */
export function revisionOf(text: string): number | undefined {
  if (text === '' || text === '0') return undefined;
  if (!/^\d{1,15}$/.test(text))
    throw errors.badRequest(
      `Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`,
    );
  return Number(text);
}

function numberOf(text: string, name: string): number | undefined {
  if (text === '') return undefined;
  if (!/^-?\d{1,15}$/.test(text))
    throw errors.badRequest(
      `unable to decode query parameter ${name}: strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`,
    );
  return Number(text);
}

/** Upstream's rules about which options go together, in its order. */
function check(options: ListOptions, token: string, watch: boolean): void {
  const problems = watch ? watchProblems(options, token) : listProblems(options, token);
  if (problems.length > 0) throw errors.invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', problems);
}

const MATCH = path('resourceVersionMatch');
const WITH_CONTINUE = 'resourceVersionMatch is forbidden when continue is provided';

function watchProblems({ match, sendInitialEvents }: ListOptions, token: string): FieldError[] {
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

function listProblems({ match, resourceVersion, sendInitialEvents }: ListOptions, token: string): FieldError[] {
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

function selectionOf(
  labelText: string,
  fieldText: string,
  resource: ServedResource,
  namespace: string,
  name: string,
): Selection {
  if (labelText === '' && fieldText === '') {
    return {
      namespace: namespace === '' ? undefined : namespace,
      name: name === '' ? undefined : name,
      labels: undefined,
      fields: [],
      text: `${namespace}|${name}`,
    };
  }
  const labels = labelText === '' ? undefined : parsed(() => parseLabelSelector(labelText));
  const fields = fieldRequirements(fieldText, resource);
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

function fieldRequirements(text: string, resource: ServedResource): readonly FieldRequirement[] {
  if (text === '') return [];
  const known = new Set(['metadata.name', 'metadata.namespace', ...selectableFieldNames(resource)]);
  const { requirements } = parsed(() => parseFieldSelector(text));
  const storedField = resource.conversion?.storedField ?? ((served: string) => served);
  return requirements.map(({ field: served, operator, value }) => {
    const field = storedField(served);
    if (field === undefined || !known.has(field)) throw errors.badRequest(`field label not supported: ${served}`);
    return { field, value, equal: operator === '=' };
  });
}

const namesByResource = new WeakMap<ServedResource, readonly string[]>();

/** The field names a strategy answers for, learned from what it says about an empty object. */
function selectableFieldNames(resource: ServedResource): readonly string[] {
  let names = namesByResource.get(resource);
  if (names === undefined) {
    const probe = { metadata: {}, spec: {}, status: {}, involvedObject: {}, source: {} };
    names =
      resource.strategy.selectableFields === undefined
        ? []
        : Object.keys(resource.strategy.selectableFields(probe as never));
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
