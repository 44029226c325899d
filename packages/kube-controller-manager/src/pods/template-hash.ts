import type { PodTemplateSpec } from '@steersman/api';
import { canonicalText } from '../controller/same.ts';

/** Kubernetes' alphabet of generated names: no vowels and nothing that looks like something else. */
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';
const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

function fnv1a(bytes: Uint8Array): number {
  let hash = FNV_OFFSET;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, FNV_PRIME) >>> 0;
  return hash;
}

/** Writes a number so that it is safe in names and labels. */
export function safeName(value: number): string {
  return [...String(value)].map((digit) => ALPHABET[digit.charCodeAt(0) % ALPHABET.length]).join('');
}

/**
 * The hash that tells one template from another: the same for the same template and collision count on every machine
 * and in every release. It need not be the hash that another implementation would compute, because what exists is found
 * by comparing templates.
 */
export function templateHash(template: PodTemplateSpec, collisionCount: number | undefined): string {
  const text = collisionCount === undefined ? canonicalText(template) : `${canonicalText(template)}#${collisionCount}`;
  return safeName(fnv1a(Buffer.from(text)));
}
