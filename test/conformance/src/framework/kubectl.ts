/** The kubectl program, against one cluster. */
import { execFile, spawn } from 'node:child_process';
import type { Kubectl, Output } from './contract.ts';
import { ConformanceError } from './expect.ts';

const COMMAND_MS = 120_000;
const OUTPUT_BYTES_MAX = 64 << 20;

/** Runs a program to its end; its exit code is part of the answer. */
export function runProgram(program: string, args: readonly string[], input = ''): Promise<Output> {
  return new Promise((resolve) => {
    const options = { timeout: COMMAND_MS, maxBuffer: OUTPUT_BYTES_MAX, cwd: '/' };
    const child = execFile(program, args, options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
      resolve({ code, stdout, stderr });
    });
    child.stdin?.on('error', () => {}); // A program that does not read its input is fine.
    child.stdin?.end(input);
  });
}

export interface KubectlOptions {
  readonly program: string;
  readonly kubeconfig: string;
  /** A folder of the run's own, so that discovery of another cluster is never taken for this one's. */
  readonly cacheFolder: string;
  readonly namespace: string;
}

/** kubectl in one namespace. */
export function kubectlOf({ program, kubeconfig, cacheFolder, namespace }: KubectlOptions): Kubectl {
  const base = ['--kubeconfig', kubeconfig, '--cache-dir', cacheFolder, '--namespace', namespace];
  const must = async (args: readonly string[], input?: string) => {
    const { code, stdout, stderr } = await runProgram(program, [...base, ...args], input);
    if (code === 0) return stdout;
    throw new ConformanceError(
      `kubectl ${args.join(' ')}: expected exit 0, got ${code}: ${stderr.trim()}${stdout.trim()}`,
    );
  };
  return Object.assign((...args: readonly string[]) => must(args), {
    try: (...args: readonly string[]) => runProgram(program, [...base, ...args]),
    feed: (input: string, ...args: readonly string[]) => must(args, input),
    spawn: (...args: readonly string[]) =>
      spawn(program, [...base, ...args], { cwd: '/', stdio: ['pipe', 'pipe', 'pipe'] }),
  });
}
