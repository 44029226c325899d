import { applyDeclaredDefaults, type Draft, type KubeObject } from '@steersman/api';
import { type AnyObject, asDraft, asObject } from '../registry/any-object.ts';
import type { ServedResource } from '../registry/served-resource.ts';

/** What a client sent, in the stored version and with its defaults. */
export function toMain(object: AnyObject, resource: ServedResource): AnyObject {
  const stored = resource.conversion === undefined ? object : asDraft(resource.conversion.toStored(asObject(object)));
  return applyDefaults(stored, resource.main);
}

/** Declared defaults first, then those that code computes. */
export function applyDefaults(object: AnyObject, resource: ServedResource): AnyObject {
  applyDeclaredDefaults(object, resource.schema);
  resource.strategy.defaults?.(object as unknown as Draft<KubeObject>);
  return object;
}
