/** Running the operating system's programs (ip, mount, ctr, apt-get). */
import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ClusterError } from '../../errors.ts';

export interface RunOptions {
  readonly input?: string | AsyncIterable<Uint8Array>;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}
export interface RunResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const OUTPUT_BYTES_MAX = 16 << 20; // Image lists of large nodes are a few hundred KB; more is a program gone wrong.
const TIMEOUT_MS = 120_000;

/** Runs a program to its end; never throws for its exit code. Throws ClusterError 'program-failed' when it cannot be started. */
export async function tryRun(command: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const [program = '', ...args] = command;
  const stop = AbortSignal.timeout(options.timeoutMs ?? TIMEOUT_MS);
  const signal = options.signal === undefined ? stop : AbortSignal.any([stop, options.signal]);
  const child = spawn(program, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...options.env },
    signal,
  });
  const output = { stdout: collect(child.stdout), stderr: collect(child.stderr) };
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', (error) =>
      reject(new ClusterError('program-failed', `cannot run ${program}: ${error.message}`)),
    );
    child.once('close', (code, killer) => resolve(code ?? (killer === null ? 1 : 128)));
  });
  child.stdin.on('error', () => {}); // It ended without reading everything; its exit code tells why.
  const feeding = feed(child.stdin, options.input);
  const code = await ended;
  await feeding;
  return { code, stdout: output.stdout(), stderr: output.stderr() };
}

/** As `tryRun`, but throws ClusterError 'program-failed' with the last line of its error output when it fails. */
export async function run(command: readonly string[], options: RunOptions = {}): Promise<string> {
  const result = await tryRun(command, options);
  if (result.code === 0) return result.stdout;
  const reason = result.stderr.trim().split('\n').at(-1) || `exit code ${result.code}`;
  throw new ClusterError('program-failed', `${command.slice(0, 6).join(' ')}: ${reason}`);
}

/** Where a program is found on PATH (the system folders included, which a user's PATH may lack), or undefined. */
export function findProgram(name: string, path: string = process.env['PATH'] ?? ''): string | undefined {
  const folders = [...path.split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/bin', '/bin'];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

/** Whether the file is there and may be executed. */
export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function collect(stream: Readable): () => string {
  const chunks: Buffer[] = [];
  let size = 0;
  stream.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= OUTPUT_BYTES_MAX) chunks.push(chunk);
  });
  return () => Buffer.concat(chunks).toString('utf8');
}

async function feed(stdin: Writable, input: RunOptions['input']): Promise<void> {
  if (input === undefined || typeof input === 'string') stdin.end(input ?? '');
  else await pipeline(input, stdin).catch(() => {}); // A program that ends early says why by its exit code.
}
