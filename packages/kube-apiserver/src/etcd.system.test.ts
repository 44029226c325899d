/** Two API servers, each its own process, on one etcd. */
import assert from 'node:assert/strict';
import { type ChildProcess, execFile, execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { encodeEnvelope, schemaFor } from '@steersman/api';
import { freePort, realClock, silentLogger } from '@steersman/machinery';
import { openEtcdStorage, type Storage } from '@steersman/storage';
import { ETCD_SERVES, ended, etcdCommand, started } from './adapters/test-processes.ts';

const present = (program: string, ...args: string[]) => spawnSync(program, args).status === 0;
const absent = [
  ...(present('etcd', '--version') ? [] : ['etcd']),
  ...(present('openssl', 'version') ? [] : ['openssl']),
  ...(present('kubectl', 'version', '--client') ? [] : ['kubectl']),
];
const skip = absent.length > 0 && `needs ${absent.join(', ')}`;
const COMMAND = fileURLToPath(new URL('../../steersman/src/main.ts', import.meta.url));
const PREFIX = '/clusters/one';

const folder = mkdtempSync(join(tmpdir(), 'steersman-two-servers-'));
const at = (name: string) => join(folder, name);
const running: ChildProcess[] = [];
let storage: Storage;
let ports: readonly number[];

/** Starts a process that ends with the tests, and resolves once its output shows that it is ready. */
const start = (program: string, args: readonly string[], ready: RegExp) =>
  started(program, args, ready, (child) => running.push(child));

async function startEtcd(): Promise<string> {
  const { endpoint, args } = await etcdCommand(at('etcd'));
  await start('etcd', args, ETCD_SERVES);
  return endpoint;
}

function startServer(port: number, endpoint: string): Promise<ChildProcess> {
  const tls = [`--tls-cert-file=${at('cert.pem')}`, `--tls-private-key-file=${at('key.pem')}`];
  const accounts = [
    `--service-account-signing-key-file=${at('key.pem')}`,
    `--service-account-key-file=${at('key.pem')}`,
    '--service-account-issuer=https://kubernetes.default.svc',
  ];
  const store = [`--etcd-servers=${endpoint}`, `--etcd-prefix=${PREFIX}`];
  const listen = ['--bind-address=127.0.0.1', `--secure-port=${port}`, `--token-auth-file=${at('tokens')}`];
  const args = ['--conditions=steersman-source', COMMAND, 'kube-apiserver', ...store, ...listen, ...tls, ...accounts];
  return start(process.execPath, args, /"?Ready"?/);
}

before(async () => {
  if (skip !== false) return;
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const files = ['-keyout', at('key.pem'), '-out', at('cert.pem')];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...files, ...names], { stdio: 'ignore' });
  writeFileSync(at('tokens'), 'secret,admin,1,system:masters\n');
  const endpoint = await startEtcd();
  ports = [await freePort(), await freePort()];
  await Promise.all(ports.map((port) => startServer(port, endpoint)));
  storage = await openEtcdStorage({ endpoints: [endpoint], prefix: PREFIX, clock: realClock(), log: silentLogger });
});

after(async () => {
  await storage?.close();
  for (const child of running) child.kill('SIGKILL');
  await Promise.all(running.map(ended));
  rmSync(folder, { recursive: true, force: true });
});

type Answer = { readonly status: number; readonly body: Record<string, never> & { metadata: Record<string, string> } };

function ask(server: number, method: string, path: string, body?: unknown): Promise<Answer> {
  const headers = { authorization: 'Bearer secret', 'content-type': 'application/json' };
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const call = request(
    { host: '127.0.0.1', port: ports[server], path, method, headers, ca: readFileSync(at('cert.pem')) },
    (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part: string) => (text += part));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: JSON.parse(text) }));
    },
  );
  call.on('error', reject);
  call.end(body === undefined ? undefined : JSON.stringify(body));
  return promise;
}

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
const configMap = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { a: 'b' } });

test('kube-apiserver on etcd reads at once what another server has written, with the same resourceVersion', {
  skip,
}, async () => {
  for (let round = 0; round < 30; round += 1) {
    const [writer, reader] = round % 2 === 0 ? [0, 1] : [1, 0];
    const written = await ask(writer, 'POST', CONFIG_MAPS, configMap(`shared-${round}`));
    assert.equal(written.status, 201, JSON.stringify(written.body));
    const read = await ask(reader, 'GET', `${CONFIG_MAPS}/shared-${round}`);
    assert.equal(read.status, 200, `round ${round}`);
    assert.equal(read.body.metadata['resourceVersion'], written.body.metadata['resourceVersion']);
    const { item } = await storage.get(`/configmaps/default/shared-${round}`);
    assert.equal(String(item?.modRevision), written.body.metadata['resourceVersion']);
  }
  const stale = { ...configMap('shared-0'), metadata: { name: 'shared-0', resourceVersion: '1' } };
  assert.equal((await ask(1, 'PUT', `${CONFIG_MAPS}/shared-0`, stale)).status, 409);
});

test('kube-apiserver on etcd watches what another server writes', { skip }, async () => {
  const list = await ask(1, 'GET', CONFIG_MAPS);
  const since = list.body.metadata['resourceVersion'];
  const path = `${CONFIG_MAPS}?watch=true&resourceVersion=${since}&timeoutSeconds=60`;
  const headers = { authorization: 'Bearer secret' };
  const names = Promise.withResolvers<string[]>();
  const watch = request(
    { host: '127.0.0.1', port: ports[1], path, headers, ca: readFileSync(at('cert.pem')) },
    (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part: string) => {
        text += part;
        const lines = text.split('\n').slice(0, -1);
        if (lines.length >= 2)
          names.resolve(lines.map((line) => `${JSON.parse(line).type} ${JSON.parse(line).object.metadata.name}`));
      });
    },
  );
  watch.on('error', names.reject);
  watch.end();
  await ask(0, 'POST', CONFIG_MAPS, configMap('watched'));
  await ask(0, 'DELETE', `${CONFIG_MAPS}/watched`);
  assert.deepEqual(await names.promise, ['ADDED watched', 'DELETED watched']);
  watch
    .off('error', names.reject)
    .on('error', () => {})
    .destroy();
});

test('kube-apiserver on etcd reads values in the protobuf envelope that upstream writes', { skip }, async () => {
  const schema = schemaFor({ group: '', version: 'v1', kind: 'ConfigMap' })!;
  const metadata = { name: 'upstream', namespace: 'default', uid: '5a4d9f6e-0000-4000-8000-000000000001' };
  const value = encodeEnvelope({ ...configMap('upstream'), metadata }, schema);
  assert.equal(Buffer.from(value.subarray(0, 4)).toString('latin1'), 'k8s\0');
  await storage.transact({ when: [], write: [{ kind: 'put', key: '/configmaps/default/upstream', value }] });
  for (const server of [0, 1]) {
    const { status, body } = await ask(server, 'GET', `${CONFIG_MAPS}/upstream`);
    assert.deepEqual([status, body['data']], [200, { a: 'b' }]);
  }
});

test('kubectl works on one server and sees it on the other', { skip }, async () => {
  const kubectl = async (server: number, ...args: string[]) => {
    const options = [`--server=https://127.0.0.1:${ports[server]}`, `--certificate-authority=${at('cert.pem')}`];
    const access = ['--token=secret', `--cache-dir=${at(`cache-${server}`)}`];
    return (await promisify(execFile)('kubectl', [...options, ...access, ...args])).stdout;
  };
  await kubectl(0, 'create', 'namespace', 'team');
  await kubectl(1, 'create', 'configmap', 'settings', '--namespace=team', '--from-literal=colour=green');
  const value = await kubectl(
    0,
    'get',
    'configmap',
    'settings',
    '--namespace=team',
    '--output=jsonpath={.data.colour}',
  );
  assert.equal(value, 'green');
  await kubectl(0, 'create', 'service', 'clusterip', 'web', '--namespace=team', '--tcp=80');
  assert.match(await kubectl(1, 'get', 'services', '--namespace=team'), /web +ClusterIP +10\./);
});
