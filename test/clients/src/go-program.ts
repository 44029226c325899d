/** The Go program of this folder: built once, then run once for each of its checks. */
import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { REPOSITORY, runProgram } from '@steersman/e2e';
import type { Go } from './found.ts';

const SOURCES = fileURLToPath(new URL('../go/', import.meta.url));

export interface GoCheck {
  readonly name: string;
  /** Empty, `containers`, or `restart`: somebody who restarts the API server when told. */
  readonly needs: string;
}

/** Builds the program from what is on disk and gives its path; the first build compiles the library, which takes minutes. */
export async function buildGoProgram({ program, environment }: Go): Promise<string> {
  const cache = join(REPOSITORY, '.cache');
  mkdirSync(cache, { recursive: true });
  const target = join(cache, 'go-clients');
  const variables = Object.entries({ GOCACHE: join(cache, 'go-build'), GOFLAGS: '', ...environment });
  // No limit of time: on a busy machine the first build takes longer than any command of a test may.
  const options = { cwd: SOURCES, env: { ...process.env, ...Object.fromEntries(variables) } };
  await promisify(execFile)(program, ['build', '-o', target, '.'], options);
  return target;
}

export async function goChecks(program: string): Promise<readonly GoCheck[]> {
  const { stdout } = await runProgram(program, ['-list']);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\t'))
    .map(([needs = '', name = '']) => ({ name, needs }));
}
