/**
 * The operations of a resource, as both dialects of OpenAPI list them.
 */
import { schemaFor } from '../schema/build.ts';
import type { StructSchema } from '../schema/schema.ts';
import type { ResourceInfo, SubresourceInfo } from '../tables.ts';
import type { GroupVersionKind } from './models.ts';

export type Method = 'get' | 'put' | 'post' | 'delete' | 'patch';

export interface Parameter {
  readonly name: string;
  readonly in: 'query' | 'path';
  readonly type: 'string' | 'integer' | 'boolean';
  readonly description: string;
}

export interface Operation {
  readonly path: string;
  readonly method: Method;
  /** Upstream's `x-kubernetes-action`. */
  readonly action: string;
  readonly id: string;
  readonly tag: string;
  readonly description: string;
  readonly kind: GroupVersionKind;
  readonly parameters: readonly Parameter[];
  readonly body: StructSchema | 'patch' | undefined;
  readonly response: StructSchema | undefined;
}

const query = (name: string, type: Parameter['type'], description: string): Parameter => ({
  name,
  in: 'query',
  type,
  description,
});

const PRETTY = query('pretty', 'string', "If 'true', the answer is indented.");
const DRY_RUN = query('dryRun', 'string', "With 'All', the request passes every stage but nothing is stored.");
const WRITE = [
  DRY_RUN,
  query('fieldManager', 'string', 'The name under which changed fields are recorded in managedFields.'),
  query(
    'fieldValidation',
    'string',
    "What to do about unknown and duplicate fields: 'Ignore', 'Warn' (the default) or 'Strict'.",
  ),
];
const FORCE = query('force', 'boolean', 'For apply requests: take over fields that others manage.');
const LIST = [
  query('allowWatchBookmarks', 'boolean', 'Asks for BOOKMARK events in a watch.'),
  query('continue', 'string', 'The token of the page before, to get the next one.'),
  query('fieldSelector', 'string', 'Restricts the answer to objects whose fields match.'),
  query('labelSelector', 'string', 'Restricts the answer to objects whose labels match.'),
  query('limit', 'integer', 'The most objects that one page may have.'),
  query('resourceVersion', 'string', 'The resourceVersion that the answer is based on.'),
  query('resourceVersionMatch', 'string', 'How resourceVersion is meant in a list.'),
  query('sendInitialEvents', 'boolean', 'Starts a watch with synthetic events for what exists.'),
  query('timeoutSeconds', 'integer', 'Ends a list or watch after this time.'),
  query('watch', 'boolean', 'Answers with a stream of changes instead of a list.'),
];
const DELETE = [
  query('gracePeriodSeconds', 'integer', 'Seconds before the object is removed; zero removes it now.'),
  query('orphanDependents', 'boolean', 'Deprecated: use propagationPolicy.'),
  query('propagationPolicy', 'string', "What becomes of dependents: 'Orphan', 'Background' or 'Foreground'."),
];
const NAME: Parameter = { name: 'name', in: 'path', type: 'string', description: 'Name of the object.' };
const NAMESPACE: Parameter = { name: 'namespace', in: 'path', type: 'string', description: 'Namespace of the object.' };

/** Root path of a group and version: `/api/v1`, `/apis/apps/v1`. */
export function rootOf({ group, version }: { readonly group: string; readonly version: string }): string {
  return group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** `CoreV1`, `RbacAuthorizationV1`. */
function idPart({ group, version }: ResourceInfo): string {
  const labels = group === '' ? ['core'] : group.replace(/\.k8s\.io$/, '').split('.');
  return labels.map(capital).join('') + capital(version);
}

function tagOf({ group, version }: ResourceInfo): string {
  const name =
    group === ''
      ? 'core'
      : group
          .replace(/\.k8s\.io$/, '')
          .split('.')
          .map((label, at) => (at === 0 ? label : capital(label)))
          .join('');
  return `${name}_${version}`;
}

/** Where an operation stands: its path and the parameters in it. */
interface Place {
  readonly path: string;
  readonly parameters: readonly Parameter[];
  /** `Namespaced`, or nothing. */
  readonly scope: string;
}

/** Every operation of a resource and its subresources. */
export function operationsOf(resource: ResourceInfo): readonly Operation[] {
  const base = rootOf(resource);
  const scoped = resource.namespaced ? [NAMESPACE] : [];
  const collection: Place = {
    path: `${base}${resource.namespaced ? '/namespaces/{namespace}' : ''}/${resource.plural}`,
    parameters: scoped,
    scope: resource.namespaced ? 'Namespaced' : '',
  };
  const item: Place = { ...collection, path: `${collection.path}/{name}`, parameters: [NAME, ...scoped] };
  return [
    ...resource.verbs.flatMap((verb) => mainOperation(resource, verb, collection, item) ?? []),
    ...(resource.namespaced && resource.verbs.includes('list') ? [listEverywhere(resource)] : []),
    ...resource.subresources.flatMap((subresource) => subresourceOperations(resource, subresource, item)),
  ];
}

function make(
  resource: ResourceInfo,
  place: Place,
  verb: string,
  more: Partial<Operation> & Pick<Operation, 'method' | 'action'>,
): Operation {
  const { group, version, kind } = resource;
  const own = schemaFor({ group, version, kind });
  return {
    path: place.path,
    id: `${verb}${idPart(resource)}${place.scope}${kind}`,
    tag: tagOf(resource),
    description: `${verb} ${more.action === 'list' ? 'objects' : 'an object'} of kind ${kind}`,
    kind: { group, version, kind },
    body: undefined,
    response: own,
    ...more,
    parameters: [...place.parameters, PRETTY, ...(more.parameters ?? [])],
  };
}

function listSchema(resource: ResourceInfo): StructSchema | undefined {
  const { group, version, listKind } = resource;
  return listKind === undefined ? undefined : schemaFor({ group, version, kind: listKind });
}

const status = () => schemaFor({ group: '', version: 'v1', kind: 'Status' });
const deleteOptions = () => schemaFor({ group: '', version: 'v1', kind: 'DeleteOptions' });

function mainOperation(resource: ResourceInfo, verb: string, collection: Place, item: Place): Operation | undefined {
  const own = schemaFor(resource);
  switch (verb) {
    case 'create':
      return make(resource, collection, 'create', { method: 'post', action: 'post', body: own, parameters: WRITE });
    case 'list':
      return make(resource, collection, 'list', {
        method: 'get',
        action: 'list',
        parameters: LIST,
        response: listSchema(resource),
      });
    case 'deletecollection': {
      const parameters = [
        ...LIST.filter(({ name }) => name !== 'watch' && name !== 'allowWatchBookmarks'),
        DRY_RUN,
        ...DELETE,
      ];
      const id = `delete${idPart(resource)}Collection${collection.scope}${resource.kind}`;
      return make(resource, collection, 'delete', {
        method: 'delete',
        action: 'deletecollection',
        id,
        parameters,
        body: deleteOptions(),
        response: status(),
      });
    }
    case 'get':
      return make(resource, item, 'read', { method: 'get', action: 'get' });
    case 'update':
      return make(resource, item, 'replace', { method: 'put', action: 'put', body: own, parameters: WRITE });
    case 'patch':
      return make(resource, item, 'patch', {
        method: 'patch',
        action: 'patch',
        body: 'patch',
        parameters: [...WRITE, FORCE],
      });
    case 'delete':
      return make(resource, item, 'delete', {
        method: 'delete',
        action: 'delete',
        parameters: [DRY_RUN, ...DELETE],
        body: deleteOptions(),
        response: status(),
      });
    default:
      return undefined; // watch is a list with a parameter.
  }
}

function listEverywhere(resource: ResourceInfo): Operation {
  const place: Place = { path: `${rootOf(resource)}/${resource.plural}`, parameters: [], scope: '' };
  const id = `list${idPart(resource)}${resource.kind}ForAllNamespaces`;
  return make(resource, place, 'list', {
    method: 'get',
    action: 'list',
    id,
    parameters: LIST,
    response: listSchema(resource),
  });
}

const VERB_METHODS: Readonly<Record<string, readonly [Method, string, string]>> = {
  get: ['get', 'get', 'read'],
  update: ['put', 'put', 'replace'],
  patch: ['patch', 'patch', 'patch'],
  create: ['post', 'post', 'create'],
  delete: ['delete', 'delete', 'delete'],
};

function subresourceOperations(
  resource: ResourceInfo,
  subresource: SubresourceInfo,
  item: Place,
): readonly Operation[] {
  const group = subresource.group ?? resource.group;
  const version = subresource.version ?? resource.version;
  const kind = { group, version, kind: subresource.kind };
  const schema = schemaFor(kind);
  return subresource.verbs.flatMap((verb) => {
    const known = VERB_METHODS[verb];
    if (known === undefined) return [];
    const [method, action, word] = known;
    const id = `${word}${idPart(resource)}${item.scope}${resource.kind}${subresource.name.split('/').map(capital).join('')}`;
    const place = { ...item, path: `${item.path}/${subresource.name}` };
    if (subresource.kind.endsWith('Options')) {
      // Streams and proxies: what they carry is not an object of the API.
      const connect = id.replace(word, `connect${capital(method)}`);
      return [make(resource, place, word, { method, action: 'connect', id: connect, kind, response: undefined })];
    }
    const writes = method !== 'get';
    const body = !writes ? undefined : method === 'patch' ? ('patch' as const) : schema;
    const parameters = writes ? [...WRITE, ...(method === 'patch' ? [FORCE] : [])] : [];
    return [make(resource, place, word, { method, action, id, kind, body, response: schema, parameters })];
  });
}
