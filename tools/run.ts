/** What the tools share: running a program with its output shown, and listing the files git knows. */
import { execFileSync, spawnSync } from 'node:child_process';

/** Runs a program with inherited output; returns whether it exited with 0. */
export function runs(program: string, args: readonly string[]): boolean {
  return spawnSync(program, args, { stdio: 'inherit' }).status === 0;
}

/** The files git tracks or would track, relative to the repository's root. */
export function repositoryFiles(...patterns: readonly string[]): string[] {
  const args = ['ls-files', '--cached', '--others', '--exclude-standard', '--', ...patterns];
  const listed = execFileSync('git', args, { encoding: 'utf8', maxBuffer: 1 << 26 });
  return listed.split('\n').filter((line) => line !== '');
}
