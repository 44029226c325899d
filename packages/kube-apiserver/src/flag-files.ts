import { type FlagValues, readFlagFile } from '@steersman/server';

/** Files that flags name. Each is read once and again when told to, so that a changed certificate needs no restart. */
export interface FlagFiles {
  /** The contents of the flag's file; undefined when the flag is not set. Throws ServerError. */
  text(flag: string): string | undefined;
  /** Of files that have been asked for. */
  paths(): readonly string[];
  /** Reads them all again. Throws ServerError; the old contents then stay. */
  reload(): void;
}

export function flagFiles(values: Pick<FlagValues, 'string'>): FlagFiles {
  let contents = new Map<string, string>();
  return {
    text(flag) {
      const path = values.string(flag);
      if (path === '') return undefined;
      let text = contents.get(flag);
      if (text === undefined) {
        text = readFlagFile(path, flag);
        contents.set(flag, text);
      }
      return text;
    },
    paths: () => [...contents.keys()].map((flag) => values.string(flag)),
    reload() {
      contents = new Map([...contents.keys()].map((flag) => [flag, readFlagFile(values.string(flag), flag)]));
    },
  };
}
