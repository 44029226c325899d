import { type KubeObject, nameOf } from '@steersman/api';
import type { DeleteOptions, ResourceClient } from './contract.ts';

/** Deletes this very object, if its UID is known: never another one that has its name by now. */
export function deleteExactly<T extends KubeObject>(
  client: Pick<ResourceClient<T>, 'delete'>,
  { metadata }: T,
  options: Omit<DeleteOptions, 'preconditions'> = {},
): Promise<void> {
  const { uid, namespace } = metadata;
  const key = { name: nameOf({ metadata }), ...(namespace === undefined ? {} : { namespace }) };
  return client.delete(key, { ...options, ...(uid === undefined ? {} : { preconditions: { uid } }) });
}
