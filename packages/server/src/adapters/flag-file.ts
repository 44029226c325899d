import { readFileSync } from 'node:fs';
import type { FlagValues } from '../contract.ts';
import { ServerError } from '../server-error.ts';

/** The contents of a file that a flag names. Throws ServerError 'unreadable-file' with the flag's name. */
export function readFlagFile(path: string, flag: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new ServerError(
      'unreadable-file',
      `--${flag}=${path} cannot be read: ${(error as NodeJS.ErrnoException).code ?? String(error)}; check the path and its permissions`,
    );
  }
}

/** The contents of the flag's file; undefined when the flag is empty. Throws ServerError 'unreadable-file'. */
export function flagFile(values: Pick<FlagValues, 'string'>, flag: string): string | undefined {
  const path = values.string(flag);
  return path === '' ? undefined : readFlagFile(path, flag);
}
