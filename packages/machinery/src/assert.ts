/** A broken invariant: a bug in this program, never a user's mistake or a failing disk. */
export class AssertionError extends Error {
  override readonly name = 'AssertionError';
}

/**
 * States what must hold for the program to be right. Stays on in production: going on after a broken invariant would
 * spread the damage. Throws `AssertionError`.
 */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AssertionError(message);
}
