/** The streaming endpoints with the real kubectl in front and the real kubelet server behind. */
import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect as connectTcp, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Duplex, Readable } from 'node:stream';
import { after, before, test } from 'node:test';
import { ApiError, type Node, type Pod } from '@steersman/api';
import type { Client } from '@steersman/client';
import { fakeEffects, realClock, realRandom } from '@steersman/machinery';
import { createListener, type HttpHandler, type Listener } from '@steersman/server';
import {
  createKubeletHandler,
  type KubeletServerBackend,
  type ProcessStreams,
} from '../../../kubelet/src/server/index.ts';
import type { ServerConfig } from '../server-config.ts';
import { streamHandlers } from './index.ts';

function present(program: string, ...args: string[]): boolean {
  try {
    execFileSync(program, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
const skip =
  !(present('kubectl', 'version', '--client') && present('openssl', 'version')) && 'kubectl or openssl is absent';

const folder = mkdtempSync(join(tmpdir(), 'steersman-streams-'));
const effects = { ...fakeEffects(), clock: realClock(), random: realRandom() };
const sizes: string[] = [];
/** Streaming requests under way. */
let pending = 0;

async function runProcess(command: readonly string[], streams: ProcessStreams): Promise<number> {
  void (async () => {
    for await (const { width, height } of streams.resizes) {
      sizes.push(`${width}x${height}`);
      writeFileSync(join(folder, `resized-${width}x${height}`), '');
    }
  })();
  const child = spawn(command[0]!, command.slice(1), { stdio: 'pipe' });
  streams.signal.addEventListener('abort', () => child.kill('SIGKILL'));
  if (streams.stdin) streams.stdin.pipe(child.stdin);
  else child.stdin.end();
  child.stdin.on('error', () => {});
  if (streams.stdout) child.stdout.pipe(streams.stdout, { end: false });
  if (streams.stderr) child.stderr.pipe(streams.stderr, { end: false });
  const [code] = (await once(child, 'close')) as [number | null];
  return code ?? 137;
}

const target = createServer((request, response) => {
  if (request.url === '/redirect') response.writeHead(302, { location: '/elsewhere' }).end();
  else response.end(`you asked ${request.url} ${request.headers['authorization'] ?? ''}`);
});

const container = (name: string) => ({ name, image: 'none', imageID: '', ready: true, restartCount: 0 });
const webPod: Pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', namespace: 'default', uid: 'u' },
  spec: { nodeName: 'node', containers: [{ name: 'main' }] },
  status: {
    phase: 'Running',
    containerStatuses: [{ ...container('main'), containerID: 'x://1', state: { running: {} } }],
  },
};
const waitingPod: Pod = {
  ...webPod,
  metadata: { name: 'waiting', namespace: 'default', uid: 'v' },
  status: {
    phase: 'Pending',
    containerStatuses: [{ ...container('main'), state: { waiting: { reason: 'ContainerCreating' } } }],
  },
};
const pods = [webPod, waitingPod];

/** `viaUrl` answers like a container runtime: with the URL of a server that runs the process. */
function backend(viaUrl?: () => string): KubeletServerBackend {
  const none = async () => '';
  return {
    pods: () => pods,
    runningPods: async () => [],
    async logs(_reference, id, options) {
      return (async function* () {
        yield Buffer.from(`log of ${id} tail ${options.tailLines}\n`);
        if (options.follow) yield Buffer.from('followed\n');
      })();
    },
    exec: async ({ pod, container: name }, { command, stdin, tty }) => {
      const query = new URLSearchParams(command.map((word) => ['command', word]));
      query.set('output', '1');
      if (stdin) query.set('input', '1');
      query.set(tty ? 'tty' : 'error', '1');
      const path = `/exec/default/${pod.metadata.name}/${name}?${query}`;
      if (viaUrl) return { kind: 'url', url: `${viaUrl()}${path}` };
      return { kind: 'local', run: (streams) => runProcess(command, streams) };
    },
    attach: async () => ({ kind: 'local', run: (streams) => runProcess(['cat'], streams) }),
    portForward: async (pod) => {
      if (viaUrl) return { kind: 'url', url: `${viaUrl()}/portForward/default/${pod.metadata.name}` };
      return {
        kind: 'local',
        connect: async (port) => {
          if (port === 9) throw new ApiError({ metadata: {}, message: 'nobody listens' });
          const socket = connectTcp((target.address() as AddressInfo).port, '127.0.0.1');
          await once(socket, 'connect');
          return socket;
        },
      };
    },
    run: async () => new Uint8Array(),
    statsSummary: async () => ({}),
    metrics: { own: none, cadvisor: none, resource: none, probes: none },
    configuration: () => ({}),
    unhealthy: () => undefined,
  };
}

const allow = { authenticate: async () => ({ name: 'any', groups: [] }), authorize: async () => true };
const listeners: Listener[] = [];
const children: ChildProcess[] = [];
let kubeletPort = 0;
let kubeconfig = '';

const answers: Record<string, unknown> = {
  '/api': { kind: 'APIVersions', versions: ['v1'] },
  '/apis': { kind: 'APIGroupList', apiVersion: 'v1', groups: [] },
  '/api/v1': {
    kind: 'APIResourceList',
    groupVersion: 'v1',
    resources: [
      { name: 'pods', singularName: 'pod', namespaced: true, kind: 'Pod', verbs: ['get'], shortNames: ['po'] },
    ],
  },
};

function client(): Client {
  const node = (): Node => ({
    metadata: { name: 'node' },
    spec: {},
    status: {
      addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
      daemonEndpoints: { kubeletEndpoint: { Port: kubeletPort } },
    },
  });
  const find = async ({ name }: { name: string }) => {
    if (name === 'node') return node();
    const pod = pods.find(({ metadata }) => metadata.name === name);
    if (pod === undefined) throw new ApiError({ metadata: {}, code: 404, reason: 'NotFound', message: 'no such pod' });
    return pod;
  };
  return { resource: () => ({ get: find }) } as unknown as Client;
}

const config = { kubeletClient: undefined } as unknown as ServerConfig;

const api: HttpHandler = async (request, response, upgrade) => {
  const json = (status: number, value: unknown) =>
    response.send(status, { 'content-type': 'application/json' }, Buffer.from(JSON.stringify(value)));
  try {
    if (answers[request.path]) return json(200, answers[request.path]);
    const [, root, name, subresource, rest] =
      /^\/api\/v1(?:\/namespaces\/default)?\/(pods|nodes)\/([^/]+)(?:\/(\w+)(\/.*)?)?$/.exec(request.path) ?? [];
    if (root === undefined) return json(404, { kind: 'Status', code: 404, message: 'not here' });
    const pod = pods.find(({ metadata }) => metadata.name === name);
    if (!subresource && pod) return json(200, pod);
    const handler = streamHandlers({ effects, config, client: client() }).find(
      (one) => one.resource === root && one.subresource === subresource,
    );
    pending += 1;
    const done = handler!.handle({
      user: { name: 'admin', groups: [] },
      verb: 'create',
      namespace: 'default',
      name: decodeURIComponent(name!),
      rest: rest ?? '',
      parameters: new URLSearchParams(request.query),
      http: request,
      response,
      upgrade,
      signal: request.signal,
    });
    await done.finally(() => {
      pending -= 1;
    });
  } catch (error) {
    if (!(error instanceof ApiError)) return response.send(500, {}, Buffer.from(String(error)));
    json(error.code, error.status);
  }
};

before(async () => {
  if (skip) return;
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-keyout',
      key,
      '-out',
      certificate,
      '-subj',
      '/CN=kubelet',
      '-days',
      '2',
    ],
    { stdio: 'ignore' },
  );
  const tls = { certificate: readFileSync(certificate), key: readFileSync(key) };
  const serve = async (handler: HttpHandler, secure: boolean) => {
    const listener = createListener({ handler, log: effects.log, ...(secure && { tls }) });
    listeners.push(listener);
    return (await listener.listen({ host: '127.0.0.1', port: 0 })).port;
  };
  const runtime = await serve(createKubeletHandler({ backend: backend(), access: allow, effects }), false);
  const kubelet = createKubeletHandler({
    backend: backend(() => `http://127.0.0.1:${runtime}`),
    access: allow,
    effects,
  });
  kubeletPort = await serve(kubelet, true);
  const server = `http://127.0.0.1:${await serve(api, false)}`;
  kubeconfig = join(folder, 'kubeconfig');
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'c',
      clusters: [{ name: 'c', cluster: { server } }],
      users: [{ name: 'u', user: {} }],
      contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
    }),
  );
  target.listen(0, '127.0.0.1');
  await once(target, 'listening');
});

after(async () => {
  for (const child of children) child.kill();
  await Promise.all(listeners.map((listener) => listener.close()));
  target.close();
  target.closeAllConnections();
  rmSync(folder, { recursive: true });
});

interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}
const spdyEnvironment = { KUBECTL_REMOTE_COMMAND_WEBSOCKETS: 'false', KUBECTL_PORT_FORWARD_WEBSOCKETS: 'false' };

function start(args: readonly string[], spdy: boolean): ChildProcess {
  const env = { ...process.env, KUBECONFIG: kubeconfig, HOME: folder, ...(spdy && spdyEnvironment) };
  const child = spawn('kubectl', args, { env, stdio: 'pipe' });
  children.push(child);
  return child;
}

async function kubectl(
  args: readonly string[],
  options: { spdy?: boolean; input?: string | Buffer | Readable } = {},
): Promise<Outcome> {
  const child = start(args, options.spdy === true);
  let [out, err] = ['', ''];
  child.stdout!.on('data', (chunk) => (out += chunk));
  child.stderr!.on('data', (chunk) => (err += chunk));
  child.stdin!.on('error', () => {});
  const input = options.input instanceof Readable ? options.input : Readable.from([options.input ?? '']);
  input.pipe(child.stdin as unknown as Duplex);
  const [code] = (await once(child, 'close')) as [number | null];
  input.unpipe();
  return { code, out, err };
}

for (const spdy of [false, true]) {
  const name = spdy ? 'SPDY' : 'WebSocket v5';
  test(`kubectl exec over ${name} keeps output, errors and exit codes apart`, { skip }, async () => {
    const outcome = await kubectl(['exec', 'web', '--', 'sh', '-c', 'echo out; echo err >&2; exit 3'], { spdy });
    assert.deepEqual([outcome.code, outcome.out], [3, 'out\n']);
    assert.match(outcome.err, /^err\ncommand terminated with exit code 3/);
    assert.equal((await kubectl(['exec', 'web', '--', 'true'], { spdy })).code, 0);
  });
  test(`kubectl exec -i over ${name} carries megabytes both ways and closes stdin`, { skip }, async () => {
    const input = 'line of text\n'.repeat(300_000);
    const outcome = await kubectl(['exec', '-i', 'web', '--', 'cat'], { spdy, input });
    assert.equal(outcome.err, '');
    assert.ok(outcome.out === input, `${outcome.out.length} of ${input.length} bytes came back`);
  });
  test(`kubectl exec -i over ${name} ends with its command while input still comes`, { skip }, async () => {
    const endless = Readable.from(
      (function* () {
        for (;;) yield 'y\n'.repeat(8_192);
      })(),
    );
    for (let round = 0; round < 5; round += 1) {
      const outcome = await kubectl(['exec', '-i', 'web', '--', 'sh', '-c', 'head -n 1; exit 3'], {
        spdy,
        input: endless,
      });
      assert.deepEqual([outcome.code, outcome.out], [3, 'y\n'], outcome.err);
    }
  });
  test(`kubectl cp over ${name} copies a file in and out`, { skip }, async () => {
    const bytes = Buffer.alloc(3_000_000, 'steersman ');
    const [source, inside, back] = ['source', 'inside', 'back'].map((file) => join(folder, `${file}-${spdy}`));
    writeFileSync(source!, bytes);
    assert.equal((await kubectl(['cp', source!, `web:${inside}`], { spdy })).err, '');
    await kubectl(['cp', `web:${inside}`, back!], { spdy });
    assert.ok(readFileSync(back!).equals(bytes));
  });
  test(`kubectl port-forward over ${name} forwards several connections and reports refused ones`, {
    skip,
  }, async () => {
    const child = start(['port-forward', 'web', ':80', ':9', '-v=4'], spdy);
    let text = '';
    child.stderr!.on('data', (chunk) => (text += chunk));
    const ports: number[] = [];
    child.stdout!.on('data', (chunk) => {
      for (const [, port] of String(chunk).matchAll(/127\.0\.0\.1:(\d+) ->/g)) ports.push(Number(port));
    });
    while (ports.length < 2) await Promise.race([once(child.stdout!, 'data'), once(child, 'close')]);
    const bodies = await Promise.all(
      ['/a', '/b', '/c'].map(async (path) => (await fetch(`http://127.0.0.1:${ports[0]}${path}`)).text()),
    );
    assert.deepEqual(bodies, ['you asked /a ', 'you asked /b ', 'you asked /c ']);
    const refused = connectTcp(ports[1]!, '127.0.0.1') as Socket;
    refused.on('error', () => {});
    refused.resume();
    await once(refused, 'close');
    // kubectl 1.32 ends when a connection cannot be forwarded, 1.20 goes on.
    const ended = once(child, 'close');
    while (!text.includes('nobody listens') && child.exitCode === null) {
      await Promise.race([once(child.stderr!, 'data'), ended]);
    }
    child.kill();
    await ended;
    assert.match(text, /nobody listens/);
    assert.doesNotMatch(text, /fallback to secondary dialer/);
  });
  test(`kubectl attach -i over ${name} talks to the process`, { skip }, async () => {
    const outcome = await kubectl(['attach', '-i', 'web'], { spdy, input: 'hello\n' });
    assert.match(outcome.out, /hello\n/);
  });
  test(`kubectl exec -it over ${name} sends the terminal's size`, {
    timeout: 120_000,
    skip: skip || (!present('script', '--version') && 'script is absent'),
  }, async () => {
    sizes.length = 0;
    const resized = join(folder, 'resized-99x33');
    rmSync(resized, { force: true });
    const env = { ...process.env, KUBECONFIG: kubeconfig, HOME: folder, ...(spdy && spdyEnvironment) };
    const child = spawn(
      'script',
      [
        '-qec',
        `stty rows 33 cols 99; kubectl exec -it web -- sh -c "until [ -e ${resized} ]; do sleep 0.1; done; echo done"`,
        '/dev/null',
      ],
      { env, stdio: 'pipe' },
    );
    children.push(child);
    let out = '';
    child.stdout.on('data', (chunk) => (out += chunk));
    await once(child, 'close');
    assert.match(out, /done/);
    assert.ok(sizes.includes('99x33'), `sizes seen: ${sizes}`);
  });
}

test('kubectl exec reports a container that the pod does not have', { skip }, async () => {
  const outcome = await kubectl(['exec', 'web', '-c', 'other', '--', 'true']);
  assert.match(outcome.err, /container other is not valid for pod web/);
});

test('a broken WebSocket handshake is answered and holds nothing up', { skip }, async () => {
  const { port } = new URL(JSON.parse(readFileSync(kubeconfig, 'utf8')).clusters[0].cluster.server);
  const socket = connectTcp(Number(port), '127.0.0.1');
  const path = '/api/v1/namespaces/default/pods/web/exec?command=true&stdout=true';
  const lines = [
    'Host: test',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Protocol: v5.channel.k8s.io',
  ];
  socket.write(`GET ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
  const handled = pending;
  let answer = '';
  for await (const chunk of socket) answer += chunk;
  assert.match(answer, /^HTTP\/1\.1 400 /);
  while (pending > handled) await new Promise((resolve) => setImmediate(resolve));
});

test('kubectl logs streams, follows and passes its options on', { skip }, async () => {
  assert.equal((await kubectl(['logs', 'web', '--tail=5'])).out, 'log of 1 tail 5\n');
  assert.equal((await kubectl(['logs', '-f', 'web'])).out, 'log of 1 tail undefined\nfollowed\n');
});

test('kubectl logs says what a waiting container waits for', { skip }, async () => {
  const { err } = await kubectl(['logs', 'waiting']);
  const text = 'container "main" in pod "waiting" is waiting to start: ContainerCreating';
  assert.equal(err, `Error from server (BadRequest): ${text}\n`);
});

test('nodes/proxy reaches the kubelet', { skip }, async () => {
  assert.equal((await kubectl(['get', '--raw', '/api/v1/nodes/node/proxy/healthz'])).out, 'ok');
});
