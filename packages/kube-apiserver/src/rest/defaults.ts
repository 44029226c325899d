import { type AnyObject, asDraft, asObject } from '../registry/any-object.ts';
import { applyDefaults } from '../registry/defaults.ts';
import type { ServedResource } from '../registry/served-resource.ts';

/** What a client sent, in the stored version and with its defaults. */
export function toMain(object: AnyObject, resource: ServedResource): AnyObject {
  const stored = resource.conversion === undefined ? object : asDraft(resource.conversion.toStored(asObject(object)));
  return applyDefaults(stored, resource.main);
}
