/** What a request to the kubelet names and asks for. */
import { ApiError, errors, type Pod } from '@steersman/api';
import { queryFlag } from '@steersman/server';
import type { ContainerReference, ExecOptions, KubeletServerBackend, LogOptions } from './contract.ts';

/** Where a pod is named in a path: `/<ns>/<pod>[/<uid>]/<container>`. */
export interface ContainerPath {
  readonly namespace: string;
  readonly pod: string;
  readonly uid?: string;
  readonly container: string;
}

/** The segments after the endpoint's name, decoded. Undefined when there are too few or too many. */
export function containerPath(segments: readonly string[]): ContainerPath | undefined {
  const [namespace, pod, third, fourth] = segments;
  if (!namespace || !pod || !third || segments.length > 4) return undefined;
  return fourth ? { namespace, pod, uid: third, container: fourth } : { namespace, pod, container: third };
}

/** The kubelet answers plain text, so the message is the whole body. */
const plainError = (code: number, reason: string, message: string): ApiError =>
  new ApiError({ metadata: {}, status: 'Failure', code, reason, message });

/** Throws ApiError NotFound. */
export function findPod(backend: KubeletServerBackend, namespace: string, name: string, uid?: string): Pod {
  const pod = backend
    .pods()
    .find(
      ({ metadata }) => metadata.namespace === namespace && metadata.name === name && (!uid || metadata.uid === uid),
    );
  if (pod === undefined) throw plainError(404, 'NotFound', `pod ${JSON.stringify(name)} does not exist\n`);
  return pod;
}

/** Throws ApiError NotFound. */
export function findContainer(backend: KubeletServerBackend, path: ContainerPath): ContainerReference {
  const pod = findPod(backend, path.namespace, path.pod, path.uid);
  const { containers, initContainers, ephemeralContainers } = pod.spec;
  const all = [...containers, ...(initContainers ?? []), ...(ephemeralContainers ?? [])];
  if (!all.some(({ name }) => name === path.container)) {
    const text = `container ${JSON.stringify(path.container)} not found in pod ${JSON.stringify(path.pod)}\n`;
    throw plainError(404, 'NotFound', text);
  }
  return { pod, container: path.container };
}

function wholeNumber(query: URLSearchParams, name: string, least: number): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  const value = Number(text);
  if (!Number.isInteger(value)) throw plainError(400, 'BadRequest', '{"message": "Unable to decode query."}');
  if (value < least) throw plainError(422, 'Invalid', '{"message": "Invalid request."}');
  return value;
}

function sinceOf(query: URLSearchParams, now: number): number | undefined {
  const seconds = wholeNumber(query, 'sinceSeconds', 1);
  if (seconds !== undefined) return now - seconds * 1_000;
  const time = query.get('sinceTime');
  if (time === null || time === '') return undefined;
  const parsed = Date.parse(time);
  if (Number.isNaN(parsed)) throw plainError(400, 'BadRequest', '{"message": "Unable to decode query."}');
  return parsed;
}

/** Reads PodLogOptions. Throws ApiError with code 400 or 422. */
export function logOptions(query: URLSearchParams, now: number): LogOptions & { readonly previous: boolean } {
  const stream = query.get('stream') ?? 'All';
  if (stream !== 'All' && stream !== 'Stdout' && stream !== 'Stderr') {
    throw plainError(422, 'Invalid', '{"message": "Invalid request."}');
  }
  const tailLines = wholeNumber(query, 'tailLines', 0);
  const limitBytes = wholeNumber(query, 'limitBytes', 1);
  const sinceMs = sinceOf(query, now);
  const flag = (name: string) => queryFlag(query.get(name));
  return {
    follow: flag('follow'),
    timestamps: flag('timestamps'),
    previous: flag('previous'),
    stream,
    ...(tailLines !== undefined && { tailLines }),
    ...(limitBytes !== undefined && { limitBytes }),
    ...(sinceMs !== undefined && { sinceMs }),
  };
}

/** Reads the options of exec and attach. Throws ApiError BadRequest when no stream is asked for. */
export function execOptions(query: URLSearchParams): ExecOptions {
  const flag = (name: string) => query.get(name) === '1' || query.get(name) === 'true';
  const tty = flag('tty');
  const options = { stdin: flag('input'), stdout: flag('output'), stderr: flag('error') && !tty, tty };
  if (!options.stdin && !options.stdout && !options.stderr) {
    throw errors.badRequest('you must specify at least 1 of stdin, stdout, stderr');
  }
  return { command: query.getAll('command'), ...options };
}

/** The ports in the query of a port-forward over WebSocket channels. */
export function portsOf(query: URLSearchParams): readonly number[] {
  const ports = [...query.getAll('port'), ...query.getAll('ports')].flatMap((text) => text.split(',')).map(Number);
  const wrong = ports.find((port) => !Number.isInteger(port) || port < 1 || port > 65_535);
  if (wrong !== undefined) throw errors.badRequest(`invalid port ${wrong}`);
  return ports;
}
