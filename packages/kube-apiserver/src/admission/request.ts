/** Questions that plugins ask of a request. */
import { errors, isNotFound, type KubeObject, type ObjectKey, type ResourceType } from '@steersman/api';
import type { RequestContext } from '../registry/contract.ts';
import type { AdmissionRequest } from './contract.ts';

/** Whether a request writes this resource itself, not a subresource of it. `resource` is `group/plural`. */
export function isWriteOf(
  request: AdmissionRequest,
  resource: string,
  operation?: AdmissionRequest['operation'],
  otherOperation?: AdmissionRequest['operation'],
): boolean {
  const { group, plural } = request.resource;
  // Asked of every write by nearly every plugin: compares without making a text.
  if (resource.length !== group.length + 1 + plural.length || !resource.endsWith(plural)) return false;
  if (!resource.startsWith(group) || request.subresource !== '') return false;
  return operation === undefined || request.operation === operation || request.operation === otherOperation;
}

/** Refuses the request, in the words of an admission plugin. */
export function forbidden(request: AdmissionRequest, why: string) {
  const { group, plural } = request.resource;
  return errors.forbidden({ group, resource: plural }, nameOf(request), why);
}

export function nameOf({ name, object, oldObject }: AdmissionRequest): string {
  return name || object?.metadata.name || oldObject?.metadata.name || '';
}

/** Reads one object as the server itself; undefined when it does not exist. */
export async function find<T extends KubeObject>(
  context: Pick<RequestContext, 'client'>,
  type: ResourceType<T>,
  key: ObjectKey,
): Promise<T | undefined> {
  try {
    return await context.client.resource(type).get(key);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

export async function list<T extends KubeObject>(
  context: Pick<RequestContext, 'client'>,
  type: ResourceType<T>,
  namespace?: string,
): Promise<readonly T[]> {
  const { items } = await context.client.resource(type).list(namespace === undefined ? {} : { namespace });
  return items;
}
