/** Upstream's own kube-apiserver and ours on one `steersman etcd`: each serves what the other stored. */
import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { freePort } from '@steersman/machinery';
import { ended, started } from './adapters/test-processes.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const UPSTREAM = join(process.env['STEERSMAN_UPSTREAM'] ?? join(ROOT, '.cache/upstream'), 'bin', 'kube-apiserver');
const COMMAND = fileURLToPath(new URL('../../steersman/src/main.ts', import.meta.url));
const skip = !existsSync(UPSTREAM)
  ? "needs upstream's kube-apiserver; build it with: sh test/clients/upstream.sh"
  : spawnSync('openssl', ['version']).status !== 0 && 'needs openssl';
const NAMESPACE = 'namespaces/default';
const MARK = 'pdb.kubernetes.io/deprecated-v1beta1-empty-selector-match';

type Fields = Record<string, unknown>;
interface Answer {
  readonly status: number;
  readonly body: Fields & { readonly metadata: Fields; readonly spec: Fields };
}

suite("upstream's API server and ours on one store", { skip, concurrency: false }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'steersman-upstream-'));
  const at = (name: string) => join(folder, name);
  const processes: ChildProcess[] = [];
  const ports = { upstream: 0, ours: 0 };
  let agent: Agent;
  let endpoint = '';

  async function send(server: keyof typeof ports, method: string, path: string, body?: object): Promise<Answer> {
    const headers = { authorization: 'Bearer secret', 'content-type': 'application/json' };
    const options = { host: '127.0.0.1', port: ports[server], method, path, headers, agent };
    return new Promise((resolve, reject) => {
      const sent = request(options, async (answer) => {
        let text = '';
        for await (const chunk of answer.setEncoding('utf8')) text += chunk;
        resolve({ status: answer.statusCode ?? 0, body: text.startsWith('{') ? JSON.parse(text) : {} });
      });
      sent.on('error', reject).end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  function certificates(): void {
    const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'ignore', cwd: folder });
    const names = ['-subj', '/CN=kube-apiserver', '-addext', 'subjectAltName=IP:127.0.0.1'];
    openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...names, '-keyout', 'server.key', '-out', 'server.crt');
  }

  const run = async (program: string, args: readonly string[], ready?: RegExp) =>
    void processes.push(await started(program, args, ready));
  const ours = (...args: string[]) => ['--conditions=steersman-source', COMMAND, ...args];
  const flags = (port: number, address: string) => [
    `--etcd-servers=${endpoint}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${port}`,
    `--advertise-address=${address}`,
    `--token-auth-file=${at('tokens')}`,
    `--tls-cert-file=${at('server.crt')}`,
    `--tls-private-key-file=${at('server.key')}`,
    `--service-account-key-file=${at('server.key')}`,
    `--service-account-signing-key-file=${at('server.key')}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    '--service-cluster-ip-range=10.96.0.0/16',
    '--authorization-mode=RBAC',
  ];

  async function startUpstream(): Promise<void> {
    ports.upstream = await freePort();
    const own = ['--disable-admission-plugins=ServiceAccount', `--cert-dir=${folder}`];
    await run(UPSTREAM, [...flags(ports.upstream, '192.0.2.1'), ...own], /Serving securely/);
    while ((await send('upstream', 'GET', '/readyz')).status !== 200)
      await new Promise((resolve) => setTimeout(resolve, 200));
  }

  async function startOurs(): Promise<void> {
    ports.ours = await freePort();
    await run(process.execPath, ours('kube-apiserver', ...flags(ports.ours, '192.0.2.2'), '--hostname-override=ours'));
  }

  before(async () => {
    certificates();
    writeFileSync(at('tokens'), 'secret,admin,1,system:masters\n');
    agent = new Agent({ keepAlive: true, ca: readFileSync(at('server.crt')) });
    endpoint = `http://127.0.0.1:${await freePort()}`;
    const urls = [`--listen-client-urls=${endpoint}`, `--advertise-client-urls=${endpoint}`];
    await run(process.execPath, ours('etcd', `--data-dir=${at('store')}`, ...urls), /serving/i);
    await startUpstream();
  });
  after(async () => {
    agent?.destroy();
    for (const child of processes) child.kill('SIGKILL');
    await Promise.all(processes.map(ended));
    rmSync(folder, { recursive: true, force: true });
  });

  async function create(server: keyof typeof ports, path: string, name: string, fields: object): Promise<Answer> {
    const answer = await send(server, 'POST', path, { metadata: { name }, ...fields });
    assert.equal(answer.status, 201, JSON.stringify(answer.body));
    return answer;
  }
  const CONFIG_MAPS = `/api/v1/${NAMESPACE}/configmaps`;

  test('our API server serves every object that upstream has stored, those of versions that are gone included', async () => {
    const backend = { service: { name: 'web', port: { name: 'http' } } };
    const paths = [{ path: '/', pathType: 'Prefix', backend }];
    const rules = [{ host: 'a.example', http: { paths } }];
    await create('upstream', `/apis/networking.k8s.io/v1/${NAMESPACE}/ingresses`, 'web', {
      spec: { defaultBackend: backend, rules },
    });
    await create('upstream', `/apis/policy/v1beta1/${NAMESPACE}/poddisruptionbudgets`, 'none', {
      spec: { minAvailable: 1, selector: {} },
    });
    await create('upstream', `/apis/discovery.k8s.io/v1beta1/${NAMESPACE}/endpointslices`, 'slice', {
      addressType: 'IPv4',
      endpoints: [{ addresses: ['10.1.1.1'], topology: { 'kubernetes.io/hostname': 'n1' } }],
    });
    await create('upstream', CONFIG_MAPS, 'theirs', { data: { by: 'upstream' } });
    const roles = '/apis/rbac.authorization.k8s.io/v1/clusterroles';
    const { body: before } = await send('upstream', 'GET', roles);
    await startOurs();
    const read = async (path: string) => (await send('ours', 'GET', path)).body;
    const ingress = await read(`/apis/networking.k8s.io/v1/${NAMESPACE}/ingresses/web`);
    assert.deepEqual([ingress.spec['defaultBackend'], ingress.spec['rules']], [backend, rules]);
    const budget = await read(`/apis/policy/v1/${NAMESPACE}/poddisruptionbudgets/none`);
    assert.deepEqual(budget.spec['selector'], { matchExpressions: [{ key: MARK, operator: 'Exists' }] });
    const slice = await read(`/apis/discovery.k8s.io/v1/${NAMESPACE}/endpointslices/slice`);
    assert.equal((slice['endpoints'] as Fields[])[0]?.['nodeName'], 'n1');
    assert.deepEqual((await read(`${CONFIG_MAPS}/theirs`))['data'], { by: 'upstream' });
    const names = (list: Fields) => (list['items'] as { metadata: Fields }[]).map(({ metadata }) => metadata['name']);
    const now = new Set(names(await read(roles)));
    assert.deepEqual(
      names(before).filter((name) => !now.has(name)),
      [],
    );
  });

  test('each server updates what the other wrote, and refuses to replace what the other has replaced', async () => {
    const { body: first } = await create('ours', CONFIG_MAPS, 'shared', { data: { by: 'ours' } });
    const { body: read } = await send('upstream', 'GET', `${CONFIG_MAPS}/shared`);
    assert.deepEqual(
      [read['data'], read.metadata['resourceVersion']],
      [{ by: 'ours' }, first.metadata['resourceVersion']],
    );
    const second = await send('upstream', 'PUT', `${CONFIG_MAPS}/shared`, { ...read, data: { by: 'upstream' } });
    assert.equal(second.status, 200);
    assert.equal((await send('ours', 'PUT', `${CONFIG_MAPS}/shared`, first)).status, 409);
    const third = await send('ours', 'PUT', `${CONFIG_MAPS}/shared`, { ...second.body, data: { by: 'both' } });
    assert.equal(third.status, 200);
    assert.equal((await send('upstream', 'PUT', `${CONFIG_MAPS}/shared`, second.body)).status, 409);
    assert.equal((await send('upstream', 'POST', CONFIG_MAPS, { metadata: { name: 'shared' } })).status, 409);
    assert.equal((await send('upstream', 'DELETE', `${CONFIG_MAPS}/shared`)).status, 200);
    assert.equal((await send('ours', 'GET', `${CONFIG_MAPS}/shared`)).status, 404);
  });

  test('a list that one server began is continued by the other', async () => {
    const roles = '/apis/rbac.authorization.k8s.io/v1/clusterroles?limit=5';
    for (const [from, to] of [
      ['upstream', 'ours'],
      ['ours', 'upstream'],
    ] as const) {
      const { body: page } = await send(from, 'GET', roles);
      const next = await send(to, 'GET', `${roles}&continue=${page.metadata['continue']}`);
      const name = (list: Fields, index: number) =>
        String((list['items'] as { metadata: Fields }[]).at(index)?.metadata['name']);
      assert.equal(next.status, 200);
      assert.ok(name(next.body, 0) > name(page, -1), `${name(next.body, 0)} after ${name(page, -1)}`);
    }
  });
});
