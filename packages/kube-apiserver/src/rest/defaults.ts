import { applyDeclaredDefaults, type Draft, type KubeObject } from '@steersman/api';
import type { AnyObject } from '../registry/any-object.ts';
import type { ServedResource } from '../registry/served-resource.ts';

/** Declared defaults first, then those that code computes. */
export function applyDefaults(object: AnyObject, resource: ServedResource): AnyObject {
  applyDeclaredDefaults(object, resource.schema);
  resource.strategy.defaults?.(object as unknown as Draft<KubeObject>);
  return object;
}
