import { errors } from '@steersman/api';
import type { Exchange, Outcome } from '../pipeline/exchange.ts';
import { sendPathNotFound } from '../pipeline/send-error.ts';
import { deleteObject } from '../registry/deletion.ts';
import { deprecatedLifecycle } from '../registry/deprecation.ts';
import { groupResource } from '../registry/engine.ts';
import type { ServedResource } from '../registry/served-resource.ts';
import type { SubresourceHandler } from '../registry/subresource-contract.ts';
import type { StreamHandler } from '../streaming-contract.ts';
import { answerComponentStatuses } from './component-statuses.ts';
import { createObject } from './create.ts';
import { deleteCollection, deleteOne } from './delete.ts';
import { getObject } from './get.ts';
import { listObjects } from './list.ts';
import { negotiate } from './negotiate.ts';
import { patchObject } from './patch.ts';
import type { ResourceRequest, RestContext } from './rest-context.ts';
import { callStream } from './stream.ts';
import { callSubresource, registryOver } from './subresource.ts';
import { updateObject } from './update.ts';
import { watchObjects } from './watch.ts';

export interface DispatchOptions {
  readonly resources: ReadonlyMap<string, ServedResource>;
  readonly subresources: readonly SubresourceHandler[];
  readonly streams: readonly StreamHandler[];
}

/** Finds the resource of a request and the code for its verb. */
export function resourceDispatcher(
  rest: RestContext,
  options: DispatchOptions,
): (exchange: Exchange) => Outcome | Promise<Outcome> {
  const handlers = new Map(
    options.subresources.map((handler) => [`${handler.group}/${handler.resource}/${handler.subresource}`, handler]),
  );
  const streams = new Map(
    options.streams.map((handler) => [`${handler.group}/${handler.resource}/${handler.subresource}`, handler]),
  );
  const find = (type: { readonly group: string; readonly version: string; readonly plural: string }) => {
    const found = options.resources.get(`${type.group}/${type.version}/${type.plural}`);
    if (found === undefined) throw errors.notFoundPath();
    return found;
  };
  const registry = registryOver(rest, find, async (type, key, { context, ...deleteOptions }) => {
    const { uid, resourceVersion, ...others } = deleteOptions;
    const preconditions = { uid, resourceVersion };
    return (await deleteObject(rest.engine, find(type), key, { ...others, preconditions }, context, false))
      .object as never;
  });
  return (exchange) => {
    const { info } = exchange;
    const resource = options.resources.get(`${info.group}/${info.version}/${info.resource}`);
    if (resource === undefined && !isServed(options.resources, info)) return sendPathNotFound(exchange);
    if (resource === undefined || info.excess || !scopeFits(resource, info)) throw errors.notFoundPath();
    if (resource.asked.deprecation !== undefined) noteDeprecated(exchange, resource);
    const request: ResourceRequest = {
      exchange,
      resource,
      namespace: resource.info.namespaced ? info.namespace : '',
      name: info.name,
      subresource: info.subresource,
    };
    const key = `${info.group}/${info.resource}/${info.subresource}`;
    const handler = handlers.get(key);
    if (handler !== undefined) return callSubresource(rest, request, handler, registry, info.verb);
    const stream = streams.get(key);
    if (stream !== undefined) return callStream(request, stream);
    if (info.subresource !== '') return subresource(rest, request);
    return main(rest, request);
  };
}

/** Tells the client, and the audit log. */
function noteDeprecated({ warnings, auditAnnotations }: Exchange, { asked, info }: ServedResource): void {
  if (asked.deprecation !== undefined) warnings.push(asked.deprecation);
  if (auditAnnotations === undefined) return;
  auditAnnotations['k8s.io/deprecated'] = 'true';
  const removed = deprecatedLifecycle(info)?.removed;
  if (removed !== undefined) auditAnnotations['k8s.io/removed-release'] = removed;
}

/** Whether anything of the group and version is served. */
function isServed(
  resources: DispatchOptions['resources'],
  { group, version }: { readonly group: string; readonly version: string },
): boolean {
  for (const { info } of resources.values()) if (info.group === group && info.version === version) return true;
  return false;
}

function scopeFits(
  { info }: ServedResource,
  asked: { readonly namespace: string; readonly name: string; readonly resource: string },
): boolean {
  if (info.namespaced) return asked.namespace !== '' || asked.name === '';
  return asked.namespace === '' || info.plural === 'namespaces';
}

function main(rest: RestContext, request: ResourceRequest): Outcome | Promise<Outcome> {
  const { resource, exchange } = request;
  const { verb } = exchange.info;
  if (resource.info.kind === 'ComponentStatus' && (verb === 'get' || verb === 'list'))
    return answerComponentStatuses(rest, request);
  // A path that others may be sent to with a list, only not with a watch, says so; all else has no route.
  if (verb === 'watch' && !resource.info.verbs.includes(verb) && resource.info.verbs.includes('list'))
    throw errors.methodNotSupported(groupResource(resource), verb);
  if (resource.stored === undefined || !resource.info.verbs.includes(verb) || !hasRoute(request))
    throw errors.methodNotAllowed();
  // Who cannot be answered must not have written anything.
  negotiate(exchange.request.headers['accept']);
  switch (verb) {
    case 'get':
      return getObject(rest, request);
    case 'list':
      return listObjects(rest, request);
    case 'watch':
      return watchObjects(rest, request);
    case 'create':
      return createObject(rest, request);
    case 'update':
      return updateObject(rest, request, 'main');
    case 'patch':
      return patchObject(rest, request, 'main');
    case 'delete':
      return deleteOne(rest, request);
    case 'deletecollection':
      return deleteCollection(rest, request);
    default:
      throw errors.methodNotAllowed();
  }
}

/** Whether the verb is for one object and one is named, or for a collection and none is; HEAD has no routes upstream. */
function hasRoute({ exchange, resource, name, namespace }: ResourceRequest): boolean {
  const { verb } = exchange.info;
  if (exchange.request.method === 'HEAD') return false;
  if (verb === 'create') return name === '' && (namespace !== '' || !resource.info.namespaced);
  return name !== '' || (verb !== 'update' && verb !== 'patch');
}

/** The subresources that are views of their parent: status everywhere, and what only updates a part. */
function subresource(rest: RestContext, request: ResourceRequest): Outcome | Promise<Outcome> {
  const { resource, exchange, subresource: name } = request;
  const known = resource.info.subresources.find((candidate) => candidate.name === name);
  if (known === undefined) throw errors.notFoundPath();
  const { verb } = exchange.info;
  if (!known.verbs.includes(verb) || exchange.request.method === 'HEAD') throw errors.methodNotAllowed();
  if (known.kind !== resource.info.kind || resource.stored === undefined)
    throw errors.notImplemented(`${resource.info.plural}/${name} is not served by this server yet`);
  const view = name === 'status' ? 'status' : 'main';
  if (name !== 'status')
    throw errors.notImplemented(`${resource.info.plural}/${name} is not served by this server yet`);
  negotiate(exchange.request.headers['accept']);
  if (verb === 'get') return getObject(rest, request);
  return verb === 'update' ? updateObject(rest, request, view) : patchObject(rest, request, view);
}
