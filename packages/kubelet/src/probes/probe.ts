/** One attempt of a probe, and the same three ways of reaching into a container for lifecycle hooks. */
import type { Container, HTTPGetAction, Probe } from '@steersman/api';
import type { ContainerRuntime } from '../runtime/contract.ts';
import { isRuntimeError, messageOf } from '../runtime/error.ts';
import { ProbeFailure, type ProbeNetwork } from './network.ts';

export interface ProbeOutcome {
  readonly result: 'success' | 'failure' | 'error';
  readonly output: string;
}
export interface ProbeTarget {
  readonly containerId: string;
  readonly container: Container;
  /** Where the container's ports are: the pod's address. */
  readonly address: string;
}
export interface ProbeMeans {
  readonly runtime: ContainerRuntime;
  readonly network: ProbeNetwork;
}
/** Longest output kept: it goes into events. */
const OUTPUT_BYTES_MAX = 10 * 1024;
const REDIRECTS_MAX = 10;
const USER_AGENT = 'kube-probe/1.36';

export async function runProbe(probe: Probe, target: ProbeTarget, means: ProbeMeans): Promise<ProbeOutcome> {
  const timeoutMs = (probe.timeoutSeconds ?? 1) * 1000;
  try {
    if (probe.exec !== undefined) return await probeExec(probe.exec.command ?? [], target, means, timeoutMs / 1000);
    if (probe.httpGet !== undefined) return await probeHttp(probe.httpGet, target, means, timeoutMs);
    if (probe.tcpSocket !== undefined) {
      await means.network.tcp(
        probe.tcpSocket.host || target.address,
        portOf(probe.tcpSocket.port, target.container),
        timeoutMs,
      );
      return { result: 'success', output: '' };
    }
    if (probe.grpc !== undefined) {
      const status = await means.network.grpcHealth(
        target.address,
        probe.grpc.port,
        probe.grpc.service ?? '',
        timeoutMs,
      );
      return status === 'SERVING'
        ? { result: 'success', output: 'service healthy' }
        : { result: 'failure', output: `service unhealthy (responded with "${status}")` };
    }
    return { result: 'error', output: `missing probe handler for ${target.container.name}` };
  } catch (error) {
    return { result: error instanceof ProbeFailure ? 'failure' : 'error', output: messageOf(error) };
  }
}

async function probeExec(
  command: readonly string[],
  target: ProbeTarget,
  { runtime }: ProbeMeans,
  timeoutSeconds: number,
): Promise<ProbeOutcome> {
  try {
    const { exitCode, stdout, stderr } = await runtime.execSync(target.containerId, command, timeoutSeconds);
    const output = Buffer.concat([stdout, stderr]).subarray(0, OUTPUT_BYTES_MAX).toString();
    return { result: exitCode === 0 ? 'success' : 'failure', output };
  } catch (error) {
    if (!isRuntimeError(error, 'timeout')) throw error;
    return {
      result: 'failure',
      output: `command timed out: ${JSON.stringify(command.join(' '))} timed out after ${timeoutSeconds}s`,
    };
  }
}

/** 200 to 399 is success. Redirects are followed only on the same host; elsewhere they count as an answer. */
async function probeHttp(
  action: HTTPGetAction,
  target: ProbeTarget,
  means: ProbeMeans,
  timeoutMs: number,
): Promise<ProbeOutcome> {
  let request = httpRequestOf(action, target, timeoutMs);
  for (let redirects = 0; ; redirects += 1) {
    const answer = await means.network.http(request);
    if (answer.status < 200 || answer.status >= 400)
      return { result: 'failure', output: `HTTP probe failed with statuscode: ${answer.status}` };
    const next =
      answer.location === undefined || answer.status < 300 ? undefined : new URL(answer.location, urlOf(request));
    if (next === undefined || next.hostname !== new URL(urlOf(request)).hostname)
      return { result: 'success', output: '' };
    if (redirects === REDIRECTS_MAX)
      return {
        result: 'failure',
        output: `Get ${JSON.stringify(next.href)}: stopped after ${REDIRECTS_MAX} redirects`,
      };
    const scheme = next.protocol === 'https:' ? 'https' : 'http';
    request = {
      ...request,
      scheme,
      port: Number(next.port || (scheme === 'https' ? 443 : 80)),
      path: next.pathname + next.search,
    };
  }
}

const urlOf = ({ scheme, host, port, path }: { scheme: string; host: string; port: number; path: string }): string =>
  `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}${path}`;

export function httpRequestOf(action: HTTPGetAction, target: ProbeTarget, timeoutMs: number) {
  const given = (action.httpHeaders ?? []).map(({ name, value }) => [name, value] as const);
  const has = (name: string) => given.some(([each]) => each.toLowerCase() === name);
  const path = action.path ?? '/';
  return {
    scheme: action.scheme === 'HTTPS' ? ('https' as const) : ('http' as const),
    host: action.host || target.address,
    port: portOf(action.port, target.container),
    path: path.startsWith('/') ? path : `/${path}`,
    headers: [
      ...given,
      ...(has('user-agent') ? [] : [['User-Agent', USER_AGENT] as const]),
      ...(has('accept') ? [] : [['Accept', '*/*'] as const]),
    ],
    timeoutMs,
  };
}

/** A number, or the name of one of the container's ports. Throws when there is no such port. */
export function portOf(port: number | string, container: Container): number {
  if (typeof port === 'number') return port;
  const named = container.ports?.find(({ name }) => name === port)?.containerPort ?? Number(port);
  if (!Number.isInteger(named) || named < 1 || named > 65535)
    throw new RangeError(`couldn't find port: ${JSON.stringify(port)} in container ${container.name}`);
  return named;
}
