/** Kubernetes' alphabet for generated names: no vowels (no words by accident), no 0, 1 or 3 (no look-alikes). */
const SUFFIX_ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

/** `length` characters of the name suffix alphabet, drawn with `integer(bound)`. */
export function drawSuffix(length: number, integer: (bound: number) => number): string {
  let suffix = '';
  for (let drawn = 0; drawn < length; drawn += 1) suffix += SUFFIX_ALPHABET[integer(SUFFIX_ALPHABET.length)];
  return suffix;
}
