import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { ConfigError } from '../config/contract.ts';

/** A file's text. Throws ConfigError that names the flag which named the file. */
export function readTextFile(path: string, flag: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new ConfigError(`cannot read ${path} (--${flag}): ${(cause as Error).message}`, { cause });
  }
}

/** The name that this machine is known by, for the identity of a candidate leader. */
export const machineName = (): string => hostname();

/** The environment variables of this process. */
export const environment = (): Readonly<Record<string, string | undefined>> => process.env;
