/** pods/log: streamed from the kubelet of the pod's node. */
import { ApiError, errors, type FieldError, fieldErrors, path, Resources } from '@steersman/api';
import { callInProcess } from '@steersman/server';
import { dial } from '@steersman/streams';
import type { ServerConfig } from '../server-config.ts';
import type { StreamHandler, StreamRequest } from '../streaming-contract.ts';
import { chooseContainer } from './choose-container.ts';
import { backendError, kubeletTls } from './kubelet-location.ts';
import { openLogSink } from './log-sink.ts';
import { type Kubelet, LOCAL_PEER, type ReachDependencies, reachKubelet } from './reach.ts';

const PASSED = ['follow', 'previous', 'sinceSeconds', 'sinceTime', 'timestamps', 'tailLines', 'limitBytes', 'stream'];
/** A refusal's text goes into a Status; more of it is of no use. */
const REFUSAL_BYTES_MAX = 65_536;

/** Checks PodLogOptions as upstream validates them. */
export function logOptionProblems(query: URLSearchParams): readonly FieldError[] {
  const problems: FieldError[] = [];
  const atLeast = (name: string, least: number, detail: string) => {
    const value = query.get(name);
    if (value !== null && value !== '' && Number(value) < least) {
      problems.push(fieldErrors.invalid(path(name), Number(value), detail));
    }
  };
  atLeast('tailLines', 0, 'must be greater than or equal to 0');
  atLeast('limitBytes', 1, 'must be greater than 0');
  if (query.get('sinceSeconds') && query.get('sinceTime')) {
    problems.push(fieldErrors.forbidden(path(''), 'at most one of `sinceTime` or `sinceSeconds` may be specified'));
  } else atLeast('sinceSeconds', 1, 'must be greater than 0');
  const stream = query.get('stream') ?? '';
  if (!['', 'All', 'Stdout', 'Stderr'].includes(stream)) {
    problems.push(fieldErrors.notSupported(path('stream'), stream, ['All', 'Stdout', 'Stderr']));
  }
  if ((stream === 'Stdout' || stream === 'Stderr') && query.get('tailLines')) {
    problems.push(fieldErrors.forbidden(path(''), '`tailLines` and specific `stream` are mutually exclusive for now'));
  }
  return problems;
}

function checkNumbers(query: URLSearchParams): void {
  for (const name of ['tailLines', 'limitBytes', 'sinceSeconds']) {
    const value = query.get(name);
    if (value !== null && value !== '' && !/^[+-]?\d+$/.test(value)) {
      throw errors.badRequest(`strconv.ParseInt: parsing ${JSON.stringify(value)}: invalid syntax`);
    }
  }
}

/** The kubelet's refusal as a Status, with the reasons upstream gives it. */
export function refusalOf(status: number, body: string, name: string): ApiError {
  if (status === 400) return errors.badRequest(body);
  if (status === 500) return errors.internal(body);
  const message = `the server could not find the requested resource ( pods ${name})`;
  if (status === 404) {
    const details = { name, kind: 'pods', causes: [{ reason: 'UnexpectedServerResponse', message: body }] };
    return new ApiError({ metadata: {}, status: 'Failure', message, reason: 'NotFound', details, code: 404 });
  }
  return backendError(`the server responded with the status code ${status} but did not return more information`);
}

async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  let text = '';
  for await (const chunk of body) {
    text += Buffer.from(chunk).toString();
    if (text.length > REFUSAL_BYTES_MAX) break;
  }
  return text.trimEnd();
}

interface Answer {
  readonly status: number;
  readonly body: AsyncIterable<Uint8Array>;
}

/** `path` with its query. The body ends when the signal aborts. */
async function get(kubelet: Kubelet, path: string, config: ServerConfig, signal: AbortSignal): Promise<Answer> {
  if (kubelet.kind === 'local') {
    return callInProcess(kubelet.handler, LOCAL_PEER, { method: 'GET', path, headers: {}, signal });
  }
  const url = `${kubelet.url}${path}`;
  try {
    const { response } = await dial({ url, method: 'GET', headers: {}, tls: kubeletTls(config), signal });
    return { status: response.statusCode ?? 500, body: response };
  } catch (error) {
    throw backendError(`Get ${JSON.stringify(url)}: ${error instanceof Error ? error.message : error}`);
  }
}

async function handleLog(dependencies: ReachDependencies, request: StreamRequest): Promise<void> {
  const { namespace, name, parameters } = request;
  checkNumbers(parameters);
  const problems = logOptionProblems(parameters);
  if (problems.length > 0) throw errors.invalid({ group: '', kind: 'PodLogOptions' }, name, problems);
  const pod = await dependencies.client.resource(Resources.pods).get({ namespace, name });
  const container = chooseContainer(pod, parameters.get('container') ?? '');
  if (!pod.spec.nodeName) {
    (await openLogSink(request)).end();
    return;
  }
  const kubelet = await reachKubelet(dependencies, pod.spec.nodeName);
  const query = new URLSearchParams();
  for (const key of PASSED) if (parameters.get(key)) query.set(key, parameters.get(key)!);
  const where = [namespace, name, container].map(encodeURIComponent).join('/');
  const gone = new AbortController();
  request.signal.addEventListener('abort', () => gone.abort(), { once: true });
  const answer = await get(kubelet, `/containerLogs/${where}?${query}`, dependencies.config, gone.signal);
  if (answer.status !== 200) throw refusalOf(answer.status, await textOf(answer.body), name);
  const sink = await openLogSink(request);
  sink.onClose(() => gone.abort());
  try {
    for await (const chunk of answer.body) {
      if (sink.closed) return;
      await sink.write(chunk);
    }
    sink.end();
  } catch {
    sink.fail(); // The kubelet went away in the middle: the client must not take it for the end of the log.
  }
}

export function logHandler(dependencies: ReachDependencies): StreamHandler {
  const handle = (request: StreamRequest) => handleLog(dependencies, request);
  return { group: '', resource: 'pods', subresource: 'log', methods: ['GET'], handle };
}
