import { applyDeclaredDefaults, type Draft, type KubeObject, type StructSchema } from '@steersman/api';
import type { AnyObject } from './any-object.ts';
import type { Strategy } from './contract.ts';

/** Declared defaults first, then those that code computes. */
export function applyDefaults(
  object: AnyObject,
  { schema, strategy }: { readonly schema: StructSchema; readonly strategy: Pick<Strategy, 'defaults'> | undefined },
): AnyObject {
  applyDeclaredDefaults(object, schema);
  strategy?.defaults?.(object as unknown as Draft<KubeObject>);
  return object;
}
