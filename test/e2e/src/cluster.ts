/** Drives the command line and kubectl the way a person does, each against one cluster in a folder of its own. */
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '@steersman/machinery';

export const REPOSITORY = fileURLToPath(new URL('../../../', import.meta.url));
/** Test data that lies beside the repository. */
export const SHARED = process.env['STEERSMAN_SHARED'] ?? join(REPOSITORY, '..', 'shared');
const COMMAND_MS = 300_000;
const OUTPUT_BYTES_MAX = 64 << 20;

export interface Output {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end; its exit code is part of the answer, not an error. */
export function runProgram(program: string, args: readonly string[], input?: string): Promise<Output> {
  return new Promise((resolve) => {
    const options = { timeout: COMMAND_MS, maxBuffer: OUTPUT_BYTES_MAX, cwd: '/' };
    const child = execFile(program, args, options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : 1, stdout, stderr });
    });
    child.stdin?.on('error', () => {});
    child.stdin?.end(input ?? '');
  });
}

/** A kubectl that talks to one cluster. */
export interface Kubectl {
  /** Standard output; fails the test with what kubectl wrote when it does not exit with 0. */
  (...args: readonly string[]): Promise<string>;
  try(...args: readonly string[]): Promise<Output>;
  /** With a manifest on standard input. */
  feed(input: string, ...args: readonly string[]): Promise<string>;
  json<T>(...args: readonly string[]): Promise<T>;
  spawn(...args: readonly string[]): ChildProcess;
}

export function kubectlFor(kubeconfig: string, program = 'kubectl'): Kubectl {
  const base = ['--kubeconfig', kubeconfig, '--cache-dir', join(kubeconfig, '..', 'kubectl-cache')];
  const attempt = (args: readonly string[], input?: string) => runProgram(program, [...base, ...args], input);
  const must = async (args: readonly string[], input?: string) => {
    const { code, stdout, stderr } = await attempt(args, input);
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: exit ${code}: ${stderr.trim() || stdout.trim()}`);
    return stdout;
  };
  return Object.assign((...args: readonly string[]) => must(args), {
    try: (...args: readonly string[]) => attempt(args),
    feed: (input: string, ...args: readonly string[]) => must(args, input),
    json: async <T>(...args: readonly string[]) => JSON.parse(await must([...args, '-o', 'json'])) as T,
    spawn: (...args: readonly string[]) =>
      spawn(program, [...base, ...args], { cwd: '/', stdio: ['pipe', 'pipe', 'pipe'] }),
  });
}

export interface TestCluster {
  readonly name: string;
  readonly folder: string;
  readonly kubeconfig: string;
  readonly apiPort: number;
  readonly kubectl: Kubectl;
  /** `steersman <command>` for this cluster. */
  steersman(command: string, ...args: readonly string[]): Promise<Output>;
  /** As `steersman`, failing the test when it does not exit with 0. */
  must(command: string, ...args: readonly string[]): Promise<string>;
  up(...args: readonly string[]): Promise<string>;
  /** Stops and removes everything, the test's folder included. */
  remove(): Promise<void>;
}

/** A cluster that is not up yet. */
export async function testCluster(name: string): Promise<TestCluster> {
  const base = mkdtempSync(join(tmpdir(), `steersman-${name}-`));
  const [folder, kubeconfig, apiPort] = [join(base, 'data'), join(base, 'kubeconfig'), await freePort()];
  const steersman = (command: string, ...args: readonly string[]) =>
    runProgram(join(REPOSITORY, 'steersman'), [command, '--name', name, '--data-dir', folder, ...args]);
  const must = async (command: string, ...args: readonly string[]) => {
    const { code, stdout, stderr } = await steersman(command, ...args);
    if (code !== 0) throw new Error(`steersman ${command} ${args.join(' ')}: exit ${code}: ${stderr}${stdout}`);
    return stdout;
  };
  return {
    name,
    folder,
    kubeconfig,
    apiPort,
    kubectl: kubectlFor(kubeconfig),
    steersman,
    must,
    up: (...args) => must('up', '--kubeconfig', kubeconfig, '--api-port', String(apiPort), ...args),
    async remove() {
      await must('down', '--purge', '--kubeconfig', kubeconfig);
      rmSync(base, { recursive: true, force: true });
    },
  };
}

/** Debian bookworm's kubectl 1.20, unpacked into the cache folder; undefined where it cannot be had. */
export function oldKubectl(): string | undefined {
  const folder = join(REPOSITORY, '.cache', 'kubectl-1.20');
  const program = join(folder, 'usr', 'bin', 'kubectl');
  if (existsSync(program)) return program;
  try {
    mkdirSync(folder, { recursive: true });
    execFileSync('apt-get', ['download', 'kubernetes-client'], { cwd: folder, stdio: 'ignore', timeout: 60_000 });
    const file = readdirSync(folder).find((name) => name.endsWith('.deb') && name.includes('_1.20'));
    if (file === undefined) return undefined;
    execFileSync('dpkg-deb', ['-x', file, '.'], { cwd: folder });
    return existsSync(program) ? program : undefined;
  } catch {
    return undefined;
  }
}
