import { readFileSync } from 'node:fs';
import { ConfigurationError } from '../configuration-error.ts';

/** The contents of a file that a flag names. Throws ConfigurationError with the flag's name. */
export function readFlagFile(path: string, flag: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new ConfigurationError(
      'bad-flag',
      `--${flag}=${path} cannot be read: ${(error as NodeJS.ErrnoException).code ?? String(error)}; check the path and its permissions`,
    );
  }
}
