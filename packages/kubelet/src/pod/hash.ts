/** Fingerprints that tell whether what runs is what was asked for. Not cryptographic. */
import type { Container } from '@steersman/api';

/** Of the fields whose change restarts a container: name and image. Eight hex digits. */
export const containerHash = (container: Container): string =>
  fnv1a(JSON.stringify([container.name, container.image ?? '']));

/** FNV-1a, 32 bits, as hex. */
export function fnv1a(text: string): string {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}
