/** For tests: a store and three API servers, each its own process, and clients that go to the next server when one is gone. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { KubeObject } from '@steersman/api';
import { freePort } from '@steersman/machinery';
import { WebSocket } from 'ws';
import { ETCD_SERVES, ended, etcdCommand, started } from '../../adapters/test-processes.ts';

const COMMAND = fileURLToPath(new URL('../../../../steersman/src/main.ts', import.meta.url));
/** What only the second server serves. */
export const ALPHA = 'internal.apiserver.k8s.io/v1alpha1';

/** What keeps the objects: upstream's etcd, or `steersman etcd`. */
export type TestStore = 'etcd' | 'face';

export function missingPrograms(store: TestStore): readonly string[] {
  const present = (program: string, ...args: string[]) => spawnSync(program, args).status === 0;
  return [
    ...(store === 'face' || present('etcd', '--version') ? [] : ['etcd']),
    ...(present('openssl', 'version') ? [] : ['openssl']),
  ];
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Record<string, unknown>;
}
type Headers = Readonly<Record<string, string>>;
export type Body = KubeObject | Record<string, unknown>;

export interface TestServersOptions {
  /** Three when absent. */
  readonly servers?: number;
  /** Members of system:masters beside `admin`, whose tokens are their names. */
  readonly users?: readonly string[];
  /** Further arguments of each server. */
  readonly args?: (servers: TestServers, index: number) => readonly string[];
}

export class TestServers {
  readonly folder = mkdtempSync(join(tmpdir(), 'steersman-three-servers-'));
  readonly ports: number[] = [];
  readonly #servers: ChildProcess[] = [];
  readonly #others: ChildProcess[] = [];
  readonly #store: TestStore;
  readonly #options: TestServersOptions;
  #endpoint = '';

  constructor(store: TestStore, options: TestServersOptions = {}) {
    this.#store = store;
    this.#options = options;
  }

  at(name: string): string {
    return join(this.folder, name);
  }

  async start(): Promise<void> {
    this.#certificates();
    const { users = [], servers = 3 } = this.#options;
    const tokens = ['secret,admin', ...users.map((user) => `${user},${user}`)];
    writeFileSync(this.at('tokens'), tokens.map((token, index) => `${token},${index},system:masters\n`).join(''));
    this.#endpoint = await (this.#store === 'etcd' ? this.#startEtcd() : this.#startFace());
    for (let index = 0; index < servers; index++) this.ports.push(await freePort());
    await Promise.all(this.ports.map((_port, index) => this.startServer(index)));
  }

  async startServer(index: number): Promise<void> {
    const file = (flag: string, name: string) => `--${flag}=${this.at(name)}`;
    const port = this.ports[index];
    this.#servers[index] = await started(process.execPath, [
      '--conditions=steersman-source',
      COMMAND,
      'kube-apiserver',
      `--etcd-servers=${this.#endpoint}`,
      '--bind-address=127.0.0.1',
      `--secure-port=${port}`,
      `--advertise-address=192.0.2.${index + 1}`,
      `--hostname-override=server-${index}`,
      '--peer-advertise-ip=127.0.0.1',
      `--peer-advertise-port=${port}`,
      '--requestheader-allowed-names=front-proxy',
      '--requestheader-username-headers=X-Remote-User',
      '--requestheader-group-headers=X-Remote-Group',
      '--requestheader-uid-headers=X-Remote-Uid',
      '--requestheader-extra-headers-prefix=X-Remote-Extra-',
      ...(index === 1 ? [`--runtime-config=${ALPHA}=true`] : []),
      ...(this.#options.args?.(this, index) ?? []),
      file('token-auth-file', 'tokens'),
      file('tls-cert-file', 'server.crt'),
      file('tls-private-key-file', 'server.key'),
      file('requestheader-client-ca-file', 'ca.crt'),
      file('peer-ca-file', 'ca.crt'),
      file('proxy-client-cert-file', 'proxy.crt'),
      file('proxy-client-key-file', 'proxy.key'),
      file('service-account-signing-key-file', 'server.key'),
      file('service-account-key-file', 'server.key'),
    ]);
  }

  /** Runs a component that talks to one of the servers as one of the users. */
  startComponent(name: string, index: number, user: string, args: readonly string[]): TestComponent {
    const server = `https://127.0.0.1:${this.ports[index]}`;
    const kubeconfig = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'test', cluster: { server, 'certificate-authority': this.at('ca.crt') } }],
      users: [{ name: user, user: { token: user } }],
      contexts: [{ name: 'test', context: { cluster: 'test', user } }],
      'current-context': 'test',
    };
    const path = this.at(`${user}.kubeconfig`);
    writeFileSync(path, JSON.stringify(kubeconfig));
    const command = ['--conditions=steersman-source', COMMAND, name, `--kubeconfig=${path}`, ...args];
    const component = new TestComponent(spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'pipe'] }));
    this.#others.push(component.child);
    return component;
  }

  /** Resolves with the exit code once the process is gone. */
  async stopServer(index: number, signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> {
    const child = this.#servers[index]!;
    child.kill(signal);
    return ended(child);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const all = [...this.#servers, ...this.#others];
    for (const child of all) child.kill('SIGKILL');
    await Promise.all(all.map(ended));
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #startEtcd(): Promise<string> {
    const { endpoint, args } = await etcdCommand(this.at('etcd'));
    this.#others.push(await started('etcd', [...args, '--unsafe-no-fsync'], ETCD_SERVES));
    return endpoint;
  }

  async #startFace(): Promise<string> {
    const client = `http://127.0.0.1:${await freePort()}`;
    const urls = [`--listen-client-urls=${client}`, `--advertise-client-urls=${client}`];
    const face = ['--conditions=steersman-source', COMMAND, 'etcd', `--data-dir=${this.at('face')}`, ...urls];
    this.#others.push(await started(process.execPath, face, /serving/i));
    return client;
  }

  #certificates(): void {
    const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'ignore', cwd: this.folder });
    const authority = ['-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=test-ca'];
    openssl('req', ...authority, '-keyout', 'ca.key', '-out', 'ca.crt');
    for (const [name, common] of [
      ['server', 'kube-apiserver'],
      ['proxy', 'front-proxy'],
    ] as const) {
      const alternatives =
        'subjectAltName=IP:127.0.0.1,DNS:kubernetes.default.svc\nextendedKeyUsage=serverAuth,clientAuth\n';
      writeFileSync(this.at(`${name}.ext`), alternatives);
      const key = ['-newkey', 'rsa:2048', '-nodes', '-subj', `/CN=${common}`];
      openssl('req', ...key, '-keyout', `${name}.key`, '-out', `${name}.csr`);
      const signed = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', `${name}.ext`];
      openssl('x509', '-req', '-in', `${name}.csr`, ...signed, '-out', `${name}.crt`);
    }
  }
}

/** A component's process, and what it has said. */
export class TestComponent {
  readonly child: ChildProcess;
  output = '';

  constructor(child: ChildProcess) {
    this.child = child;
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => (this.output += text));
  }

  /** Resolves with the exit code once the process is gone by itself. */
  ended(): Promise<number | null> {
    return ended(this.child);
  }
}

/**
 * Keeps one connection per server, and goes to the next server when a connection fails; never repeats what was answered, whatever the
 * answer was.
 */
export class RetryingClient {
  readonly #ports: readonly number[];
  readonly #agent: Agent;
  readonly #authority: string;
  #at: number;
  retries = 0;

  constructor(servers: TestServers, first = 0) {
    this.#ports = servers.ports;
    this.#at = first;
    this.#authority = servers.at('ca.crt');
    this.#agent = new Agent({ keepAlive: true, ca: readFileSync(servers.at('ca.crt')) });
  }

  async send(method: string, path: string, body?: Body, more: Headers = {}): Promise<Answer> {
    for (let tries = 1; ; tries++) {
      try {
        const answer = await this.open(method, path, body, more);
        let text = '';
        for await (const chunk of answer.setEncoding('utf8')) text += chunk;
        return { status: answer.statusCode ?? 0, headers: answer.headers, body: parsed(text) };
      } catch (error) {
        if (tries >= 60) throw error;
        await this.next();
      }
    }
  }

  /** Goes on with another server. */
  async next(): Promise<void> {
    this.retries += 1;
    this.#at = (this.#at + 1) % this.#ports.length;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }

  /** The head of an answer from the server at hand. */
  open(method: string, path: string, body?: Body, more: Headers = {}): Promise<IncomingMessage> {
    const headers = { authorization: 'Bearer secret', 'content-type': 'application/json', ...more };
    const port = this.#ports[this.#at];
    return new Promise((resolve, reject) => {
      const call = request({ host: '127.0.0.1', port, path, method, headers, agent: this.#agent }, resolve);
      call.on('error', reject);
      call.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  /** A WebSocket to the server at hand. */
  openSocket(path: string): WebSocket {
    const ca = readFileSync(this.#authority);
    return new WebSocket(`wss://127.0.0.1:${this.#ports[this.#at]}${path}`, {
      ca,
      headers: { authorization: 'Bearer secret' },
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** Some answers are plain text: `404 page not found`, and what a peer that cannot be reached is answered with. */
function parsed(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text);
  } catch {
    return { text };
  }
}
