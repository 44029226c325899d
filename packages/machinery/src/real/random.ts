import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import type { Random } from '../contract.ts';
import { drawSuffix } from '../suffix.ts';

/** Random bits in a double's fraction that `float` fills: 48, what `randomInt` can give at once. */
const FLOAT_STEPS = 2 ** 48 - 1;

/** The operating system's cryptographic randomness. */
export function realRandom(): Random {
  const integer = (bound: number) => randomInt(bound);
  return {
    float: () => randomInt(FLOAT_STEPS) / FLOAT_STEPS,
    integer,
    bytes: (length) => randomBytes(length),
    uuid: () => randomUUID(),
    suffix: (length) => drawSuffix(length, integer),
  };
}
