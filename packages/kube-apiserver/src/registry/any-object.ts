import type { Draft, KubeObject, ObjectMeta } from '@steersman/api';

/** An object under construction whose kind the engine does not know. */
export type AnyObject = { metadata: Draft<ObjectMeta>; apiVersion?: string; kind?: string } & {
  [field: string]: unknown;
};

/** Only the place that made the object may use this. */
export function asDraft(object: Draft<KubeObject> | KubeObject): AnyObject {
  return object as unknown as AnyObject;
}
export function asObject(draft: AnyObject): KubeObject {
  return draft as unknown as KubeObject;
}
/** A copy that may be edited. */
export function draftOf(object: KubeObject): AnyObject {
  return structuredClone(object) as unknown as AnyObject;
}
