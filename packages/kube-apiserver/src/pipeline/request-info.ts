/**
 * What a path and method ask for, before anything is known about the resource: upstream's RequestInfo.
 */
import { type HttpRequest, queryFlag } from '@steersman/server';

/** What the path alone says. */
export interface PathInfo {
  /** False for paths outside /api and /apis/<group>/<version>. */
  readonly isResource: boolean;
  readonly group: string;
  readonly version: string;
  readonly namespace: string;
  readonly resource: string;
  readonly name: string;
  readonly subresource: string;
  /** What follows `proxy`, with its leading slash and still encoded. */
  readonly rest: string;
  /** The path began with the deprecated `watch/`. */
  readonly watchPrefix: boolean;
  /** More parts than any resource path has. */
  readonly excess: boolean;
}
export interface RequestInfo extends PathInfo {
  readonly verb: string;
}

const PATHS_REMEMBERED_MAX = 10_000; // Clients ask for the same few paths; beyond that, parsing anew is cheap enough.
const remembered = new Map<string, PathInfo>();

const NOT_A_RESOURCE: PathInfo = {
  isResource: false,
  group: '',
  version: '',
  namespace: '',
  resource: '',
  name: '',
  subresource: '',
  rest: '',
  watchPrefix: false,
  excess: false,
};
/** Subresources of namespaces; any other third part is a resource in the namespace. */
const NAMESPACE_SUBRESOURCES = new Set(['status', 'finalize']);

export function parsePath(path: string): PathInfo {
  const known = remembered.get(path);
  if (known !== undefined) return known;
  const info = parse(path);
  if (remembered.size >= PATHS_REMEMBERED_MAX) remembered.clear();
  remembered.set(path, info);
  return info;
}

function parse(path: string): PathInfo {
  // Routes are found in the decoded path, as Go's are: an encoded slash parts, too.
  const parts = decode(path).split('/');
  if (parts.at(-1) === '') parts.pop();
  const start = parts[1] === 'api' ? 3 : parts[1] === 'apis' ? 4 : Number.POSITIVE_INFINITY;
  if (parts.length <= start) return NOT_A_RESOURCE;
  let rest = parts.slice(start);
  const watchPrefix = rest[0] === 'watch';
  if (watchPrefix) rest = rest.slice(1);
  let namespace = '';
  if (rest[0] === 'namespaces' && rest.length > 1) {
    namespace = rest[1]!;
    if (rest.length > 2 && !NAMESPACE_SUBRESOURCES.has(rest[2]!)) rest = rest.slice(2);
  }
  const proxied = rest[2] === 'proxy';
  return {
    isResource: true,
    group: start === 3 ? '' : parts[2]!,
    version: parts[start - 1]!,
    namespace,
    resource: rest[0] ?? '',
    name: rest[1] ?? '',
    subresource: rest[2] ?? '',
    rest: proxied ? path.slice(path.indexOf('/proxy') + '/proxy'.length) : '',
    watchPrefix,
    excess: rest.length > 3 && !proxied,
  };
}

function decode(path: string): string {
  if (!path.includes('%')) return path;
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

const VERBS: Readonly<Record<string, string>> = {
  POST: 'create',
  GET: 'get',
  HEAD: 'get',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

/** The verb, as authorization and audit name it. */
export function requestInfoOf(request: HttpRequest): RequestInfo {
  const path = parsePath(request.path);
  if (!path.isResource) return { ...path, verb: request.method.toLowerCase() };
  return { ...path, verb: verbOf(request, path) };
}

function verbOf(request: HttpRequest, path: PathInfo): string {
  const verb = VERBS[request.method] ?? request.method.toLowerCase();
  if (path.watchPrefix) return 'watch';
  if (path.name !== '') {
    return verb;
  }
  if (verb === 'get') return wantsWatch(request.query) ? 'watch' : 'list';
  return verb === 'delete' ? 'deletecollection' : verb;
}

/** `watch=1`, `watch=true` ... in a query; cheap enough to ask of every request. */
export function wantsWatch(query: string): boolean {
  if (!query.includes('watch')) return false;
  return queryFlag(new URLSearchParams(query).get('watch'));
}
