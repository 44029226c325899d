import type { Random } from '../contract.ts';
import { drawSuffix } from '../suffix.ts';

/** Draws thrown away at the start, until the seed has spread through the state. */
const WARM_UP_DRAWS = 12;

/** The sfc32 generator (Chris Doty-Humphrey's "small fast counting", 32 bits): 32-bit draws from a 128-bit state. */
function sfc32(seed: number): () => number {
  let [a, b, c, counter] = [seed | 0, 0x9e3779b9 | 0, 0x243f6a88 | 0, 1];
  const draw = () => {
    const result = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + result) | 0;
    return result >>> 0;
  };
  for (let drawn = 0; drawn < WARM_UP_DRAWS; drawn += 1) draw();
  return draw;
}

/** Repeatable randomness: the same seed gives the same draws. Not for secrets. */
export function seededRandom(seed: number): Random {
  const draw = sfc32(seed);
  const float = () => draw() / 2 ** 32;
  const integer = (bound: number) => Math.floor(float() * bound);
  const bytes = (length: number) => Uint8Array.from({ length }, () => draw() & 0xff);
  return {
    float,
    integer,
    bytes,
    uuid() {
      const raw = bytes(16);
      raw[6] = (raw[6]! & 0x0f) | 0x40; // Version 4, variant 1 (RFC 4122, section 4.4).
      raw[8] = (raw[8]! & 0x3f) | 0x80;
      const hex = Array.from(raw, (byte) => byte.toString(16).padStart(2, '0')).join('');
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
    },
    suffix: (length) => drawSuffix(length, integer),
  };
}
