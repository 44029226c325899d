/** HTTP load by wrk, which is never the limit here: it does several hundred thousand requests a second on two cores. */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cpuSecondsOf, type MeasuredProcess } from './measured-process.ts';
import type { Target } from './target.ts';

export interface LoadResult {
  readonly perSecond: number;
  readonly megabytesPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Server CPU microseconds per request. */
  readonly cpuMicrosPerRequest: number;
  /** wrk's own. */
  readonly clientMicrosPerRequest: number;
  /** Answers other than 2xx and 3xx, and socket errors. */
  readonly failures: number;
}

export interface Load {
  readonly path: string;
  readonly connections: number;
  readonly seconds: number;
  /** Lua that defines `request`; without it every request is a GET of the path. */
  readonly script?: string;
}

/** The script that creates ConfigMaps of about 0.5 KB under names that never repeat. */
export function postScript(namespace: string, prefix: string): string {
  return `
local counter = 0
local threads = 0
function setup(thread) thread:set("id", threads); threads = threads + 1 end
local data = string.rep("x", 300)
function request()
  counter = counter + 1
  local name = "${prefix}-" .. id .. "-" .. counter
  local body = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"' .. name .. '","namespace":"${namespace}","labels":{"app":"bench","part":"p' .. (counter % 10) .. '"}},"data":{"a":"' .. data .. '"}}'
  wrk.headers["Content-Type"] = "application/json"
  return wrk.format("POST", "/api/v1/namespaces/${namespace}/configmaps", wrk.headers, body)
end
`;
}

const UNITS: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000, m: 60_000 };
const SIZES: Readonly<Record<string, number>> = { B: 1e-6, KB: 1.024e-3, MB: 1.048576, GB: 1073.741824 };

function number(text: string, pattern: RegExp): number {
  return Number(pattern.exec(text)?.[1] ?? Number.NaN);
}
function duration(text: string, percentile: string): number {
  const match = new RegExp(`${percentile}%\\s+([\\d.]+)(us|ms|s|m)`).exec(text);
  return Number(match?.[1] ?? Number.NaN) * (UNITS[match?.[2] ?? ''] ?? Number.NaN);
}

/** Runs one load against the target while the server's CPU time is read before and after. */
export async function runLoad(
  target: Target,
  server: MeasuredProcess,
  load: Load,
  folder: string,
): Promise<LoadResult> {
  const script = load.script === undefined ? [] : ['-s', join(folder, `${load.path.replaceAll(/\W/g, '_')}.lua`)];
  if (load.script !== undefined && script[1] !== undefined) writeFileSync(script[1], load.script);
  const args = ['-t1', `-c${load.connections}`, `-d${load.seconds}s`, '--latency', '--timeout', '10s'];
  const headers = ['-H', `Authorization: Bearer ${target.token}`, '-H', 'Accept: application/json'];
  const before = server.cpuSeconds();
  const { text, cpuSeconds } = await output('wrk', [...args, ...headers, ...script, `${target.url}${load.path}`]);
  const cpu = server.cpuSeconds() - before;
  const requests = number(text, /(\d+) requests in/);
  const transfer = /Transfer\/sec:\s+([\d.]+)(GB|MB|KB|B)/.exec(text);
  return {
    perSecond: number(text, /Requests\/sec:\s+([\d.]+)/),
    megabytesPerSecond: Number(transfer?.[1] ?? Number.NaN) * (SIZES[transfer?.[2] ?? ''] ?? Number.NaN),
    p50Ms: duration(text, '50'),
    p99Ms: duration(text, '99'),
    cpuMicrosPerRequest: (cpu / requests) * 1e6,
    clientMicrosPerRequest: (cpuSeconds / requests) * 1e6,
    failures: (number(text, /Non-2xx or 3xx responses: (\d+)/) || 0) + (/Socket errors/.test(text) ? 1 : 0),
  };
}

const SAMPLE_MS = 50; // How much of the end is not seen.

/** What a program prints, and the CPU time that it was last seen to have used. */
function output(
  program: string,
  args: readonly string[],
): Promise<{ readonly text: string; readonly cpuSeconds: number }> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    let cpuSeconds = 0;
    const sample = setInterval(() => {
      cpuSeconds = cpuSecondsOf(child.pid!);
    }, SAMPLE_MS);
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    child.on('exit', () => clearInterval(sample));
    child.on('error', () => {
      clearInterval(sample);
      reject(new Error(`${program} is not installed: apt-get install ${program}`));
    });
    child.on('close', () => resolve({ text, cpuSeconds }));
  });
}
