/** The kubelet's HTTPS API: one function per endpoint, found by the first segment of the path. */
import { ApiError, errors, type Pod } from '@steersman/api';
import type { Effects } from '@steersman/machinery';
import type { HttpHandler, HttpRequest, HttpResponse, UpgradeSocket } from '@steersman/server';
import { accessesOf } from './access.ts';
import { containerForLogs } from './container-for-logs.ts';
import type { KubeletAccessControl, KubeletServerBackend, KubeletUser } from './contract.ts';
import { serveLogDirectory } from './log-directory.ts';
import { containerPath, execOptions, findContainer, findPod, logOptions, portsOf } from './requests.ts';
import { servePortForwarding, serveProcess } from './streaming.ts';

export interface KubeletHandlerOptions {
  readonly backend: KubeletServerBackend;
  readonly access: KubeletAccessControl;
  readonly effects: Effects;
}

interface Call {
  readonly backend: KubeletServerBackend;
  readonly effects: Effects;
  readonly request: HttpRequest;
  readonly response: HttpResponse;
  readonly upgrade: UpgradeSocket | undefined;
  readonly query: URLSearchParams;
  /** Path segments after the endpoint's name. */
  readonly rest: readonly string[];
}
type Endpoint = (call: Call) => void | Promise<void>;

const TEXT = { 'content-type': 'text/plain; charset=utf-8' };
const JSON_TYPE = { 'content-type': 'application/json' };
const METRICS = { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' };

const sendText = (response: HttpResponse, status: number, text: string) =>
  response.send(status, TEXT, Buffer.from(text));
const sendJson = (response: HttpResponse, value: unknown) =>
  response.send(200, JSON_TYPE, Buffer.from(JSON.stringify(value)));
const podList = (items: readonly Pod[]) => ({ kind: 'PodList', apiVersion: 'v1', metadata: {}, items });

function missing(): never {
  throw errors.notFoundPath();
}

async function metrics({ backend, response, rest }: Call): Promise<void> {
  const kinds: Readonly<Record<string, () => Promise<string>>> = {
    '': () => backend.metrics.own(),
    cadvisor: () => backend.metrics.cadvisor(),
    resource: () => backend.metrics.resource(),
    probes: () => backend.metrics.probes(),
  };
  const expose = kinds[rest.join('/')] ?? missing;
  response.send(200, METRICS, Buffer.from(await expose()));
}

function healthz({ backend, response }: Call): void {
  const problem = backend.unhealthy();
  if (problem === undefined) sendText(response, 200, 'ok');
  else sendText(response, 500, `internal server error: ${problem}\n`);
}

async function stats({ backend, response, rest, query }: Call): Promise<void> {
  if (rest.join('/') !== 'summary') missing();
  sendJson(response, await backend.statsSummary({ onlyCpuAndMemory: query.get('only_cpu_and_memory') === 'true' }));
}

async function containerLogs({ backend, effects, request, response, query, rest }: Call): Promise<void> {
  const [namespace, pod, container] = rest;
  if (!namespace || !pod || !container || rest.length !== 3) missing();
  const { previous, ...options } = logOptions(query, effects.clock.now());
  const reference = findContainer(backend, { namespace, pod, container });
  const id = containerForLogs(reference.pod, container, previous);
  const chunks = await backend.logs(reference, id, options, request.signal);
  const out = response.stream(200, { 'content-type': 'text/plain' });
  try {
    for await (const chunk of chunks) {
      if (out.closed) return;
      if (!out.write(chunk)) await out.drained();
    }
    out.end();
  } catch (error) {
    effects.log.warn('Reading a container log failed', { pod, container, error: String(error) });
    out.destroy();
  }
}

async function exec(call: Call): Promise<void> {
  const reference = findContainer(call.backend, containerPath(call.rest) ?? missing());
  const options = execOptions(call.query);
  await serveProcess(upgradeOf(call), options, await call.backend.exec(reference, options));
}

async function attach(call: Call): Promise<void> {
  const reference = findContainer(call.backend, containerPath(call.rest) ?? missing());
  const options = execOptions(call.query);
  await serveProcess(upgradeOf(call), options, await call.backend.attach(reference, options));
}

async function portForward(call: Call): Promise<void> {
  const [namespace, name, uid] = call.rest;
  if (!namespace || !name || call.rest.length > 3) missing();
  const pod = findPod(call.backend, namespace, name, uid);
  const ports = portsOf(call.query);
  await servePortForwarding(upgradeOf(call), ports, await call.backend.portForward(pod, ports));
}

async function run({ backend, response, query, rest }: Call): Promise<void> {
  const reference = findContainer(backend, containerPath(rest) ?? missing());
  const command = (query.get('cmd') ?? '').split(' ').filter((word) => word !== '');
  response.send(200, TEXT, await backend.run(reference, command));
}

function upgradeOf({ request, upgrade, effects }: Call) {
  if (upgrade === undefined) throw errors.badRequest('Upgrade request required');
  return { request, connection: upgrade, clock: effects.clock };
}

const endpoints: Readonly<Record<string, { readonly methods: readonly string[]; readonly serve: Endpoint }>> = {
  pods: { methods: ['GET'], serve: ({ backend, response }) => sendJson(response, podList(backend.pods())) },
  runningpods: {
    methods: ['GET'],
    serve: async ({ backend, response }) => sendJson(response, podList(await backend.runningPods())),
  },
  containerLogs: { methods: ['GET'], serve: containerLogs },
  exec: { methods: ['GET', 'POST'], serve: exec },
  attach: { methods: ['GET', 'POST'], serve: attach },
  portForward: { methods: ['GET', 'POST'], serve: portForward },
  run: { methods: ['POST'], serve: run },
  stats: { methods: ['GET'], serve: stats },
  metrics: { methods: ['GET'], serve: metrics },
  healthz: { methods: ['GET', 'HEAD'], serve: healthz },
  configz: {
    methods: ['GET'],
    serve: ({ backend, response }) => sendJson(response, { kubeletconfig: backend.configuration() }),
  },
  logs: {
    methods: ['GET'],
    serve: ({ backend, response, rest }) => serveLogDirectory(backend.logDirectory, rest, response),
  },
};

/** The handler to give to a listener, or to call in process. Authenticates, authorizes, serves. */
export function createKubeletHandler({ backend, access, effects }: KubeletHandlerOptions): HttpHandler {
  return async (request, response, upgrade) => {
    try {
      const user = await authenticated(access, request);
      if (user === undefined) return sendText(response, 401, 'Unauthorized');
      const refusal = await refusalFor(access, user, request);
      if (refusal !== undefined) return sendText(response, 403, refusal);
      const [name, ...rest] = decodedSegments(request.path);
      const endpoint = Object.hasOwn(endpoints, name ?? '') ? endpoints[name!] : undefined;
      if (endpoint === undefined) return sendText(response, 404, '404 page not found\n');
      if (!endpoint.methods.includes(request.method)) return sendText(response, 405, '405: Method Not Allowed');
      await endpoint.serve({
        backend,
        effects,
        request,
        response,
        upgrade,
        rest,
        query: new URLSearchParams(request.query),
      });
    } catch (error) {
      if (response.started) effects.log.warn('A kubelet request failed', { path: request.path, error: String(error) });
      else sendError(response, error);
    }
  };
}

function decodedSegments(path: string): readonly string[] {
  try {
    return path
      .split('/')
      .filter((segment) => segment !== '')
      .map(decodeURIComponent);
  } catch {
    throw errors.badRequest('the path is not valid percent-encoding');
  }
}

function sendError(response: HttpResponse, error: unknown): void {
  if (error instanceof ApiError) sendText(response, error.code, error.status.message ?? '');
  else sendText(response, 500, error instanceof Error ? error.message : String(error));
}

async function authenticated(access: KubeletAccessControl, request: HttpRequest): Promise<KubeletUser | undefined> {
  const { certificate } = request.peer;
  const [scheme, token] = (request.headers['authorization'] ?? '').split(' ');
  return access.authenticate({
    ...(certificate?.verified === true && { certificate }),
    ...(scheme?.toLowerCase() === 'bearer' && token && { bearerToken: token }),
  });
}

/** Undefined when any of the accesses is allowed. */
async function refusalFor(
  access: KubeletAccessControl,
  user: KubeletUser,
  request: HttpRequest,
): Promise<string | undefined> {
  const wanted = accessesOf(request.method, request.path);
  for (const one of wanted) if (await access.authorize(user, one)) return undefined;
  const subresources = wanted.map(({ subresource }) => subresource).join(' ');
  return `Forbidden (user=${user.name}, verb=${wanted[0]?.verb}, resource=nodes, subresource(s)=[${subresources}])\n`;
}
