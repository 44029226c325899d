/** Puts the writes of one key in the order in which they were asked for; other keys do not wait. */
export interface KeyOrder {
  run<R>(keys: readonly string[], act: () => Promise<R>): Promise<R>;
}

/** gRPC calls may overtake each other, and a caller that sends two writes of a key means the second to come second. */
export function createKeyOrder(): KeyOrder {
  const last = new Map<string, Promise<unknown>>();
  return {
    async run(keys, act) {
      const before = keys.map((key) => last.get(key)).filter((promise) => promise !== undefined);
      const mine = before.length === 0 ? act() : Promise.all(before).then(act);
      const settled = mine.then(
        () => undefined,
        () => undefined,
      );
      for (const key of keys) last.set(key, settled);
      try {
        return await mine;
      } finally {
        for (const key of keys) if (last.get(key) === settled) last.delete(key);
      }
    },
  };
}
