import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { TransportError } from '@steersman/client';

/** A file's text. Throws a configuration error that names the flag which named the file. */
export function readTextFile(path: string, flag: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new TransportError('BadConfiguration', `cannot read ${path} (--${flag}): ${(cause as Error).message}`, {
      cause,
    });
  }
}

/** The name that this machine is known by, for the identity of a candidate leader. */
export function machineName(): string {
  return hostname();
}

/** The environment variables of this process. */
export function environment(): Readonly<Record<string, string | undefined>> {
  return process.env;
}
