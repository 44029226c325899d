/**
 * What the engine does to the metadata of every object, whatever its kind (API conventions, "Metadata").
 */
import { errors, formatTime } from '@steersman/api';
import type { Clock, Random } from '@steersman/machinery';
import type { AnyObject } from './any-object.ts';
import type { ServedResource } from './served-resource.ts';

const GENERATED_SUFFIX_LENGTH = 5;
const GENERATED_PREFIX_LENGTH_MAX = 58; // Upstream cuts the prefix so that name and suffix fit a DNS label.

/** The namespace of the object and of the request must agree; an empty one is filled in. */
export function settleNamespace(object: AnyObject, resource: ServedResource, namespace: string): void {
  const given = object.metadata.namespace ?? '';
  if (!resource.info.namespaced) {
    if (given === '') delete object.metadata.namespace;
    return;
  }
  if (given === '') object.metadata.namespace = namespace;
  else if (given !== namespace)
    throw errors.badRequest('the namespace of the provided object does not match the namespace sent on the request');
}

/** Gives a new object its identity. */
export function fillNewMetadata(
  { metadata }: AnyObject,
  effects: { readonly clock: Clock; readonly random: Random },
): void {
  delete metadata.deletionTimestamp;
  delete metadata.deletionGracePeriodSeconds;
  delete metadata.selfLink;
  metadata.uid = effects.random.uuid();
  metadata.creationTimestamp = formatTime(effects.clock.now());
}

export function generatedName(prefix: string, random: Random): string {
  return prefix.slice(0, GENERATED_PREFIX_LENGTH_MAX) + random.suffix(GENERATED_SUFFIX_LENGTH);
}

const isSet = (value: unknown) => value !== undefined && value !== null;

/**
 * Keeps what no update may change; what the client left out comes from the stored object. `trusted`: the draft was made here, and its
 * generation is right.
 */
export function carryMetadata(draft: AnyObject, old: AnyObject, trusted = false): void {
  const { metadata } = draft;
  const before = old.metadata;
  if (!trusted) keep('generation');
  if (metadata.uid === undefined || metadata.uid === '') keep('uid');
  // Other times than those of the stored object do no harm; where it has none, they are refused as changes.
  if (isSet(before.creationTimestamp)) keep('creationTimestamp');
  if (isSet(before.deletionTimestamp) || !isSet(metadata.deletionTimestamp)) keep('deletionTimestamp');
  if (!isSet(metadata.deletionGracePeriodSeconds)) keep('deletionGracePeriodSeconds');
  if (metadata.namespace === undefined || metadata.namespace === '') keep('namespace');
  delete metadata.selfLink;

  function keep<K extends keyof typeof metadata>(field: K): void {
    const value = before[field];
    if (value === undefined) delete metadata[field];
    else metadata[field] = structuredClone(value);
  }
}
