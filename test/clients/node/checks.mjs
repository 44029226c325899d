/**
 * Checks, one at a time, that npm's @kubernetes/client-node works against a cluster.
 *
 *     node checks.mjs --list
 *     node checks.mjs FOLDER KUBECONFIG IMAGE CHECK        FOLDER: where node_modules has the client
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

const PATIENCE_MS = 60_000;

async function eventually(what, holds) {
  const deadline = Date.now() + PATIENCE_MS;
  while (Date.now() < deadline) {
    if (await holds()) return;
    await pause(50);
  }
  assert.fail(`${what}: not within ${PATIENCE_MS} ms`);
}

const configMap = (name, data = {}) => ({ metadata: { name, labels: { 'made-by': 'check' } }, data });

async function startPod({ core, namespace, image }, name, command) {
  const containers = [{ name: 'main', image, command: ['sh', '-c', command] }];
  const body = { metadata: { name }, spec: { containers, terminationGracePeriodSeconds: 1 } };
  await core.createNamespacedPod({ namespace, body });
  await eventually(`${name} runs`, async () => {
    const { status } = await core.readNamespacedPod({ namespace, name });
    return status.phase === 'Running';
  });
}

const checks = {
  async 'objects are created, read, patched and deleted'({ k8s, core, namespace }) {
    const name = 'life';
    await core.createNamespacedConfigMap({ namespace, body: configMap(name, { a: '1' }) });
    const merge = k8s.setHeaderOptions('Content-Type', k8s.PatchStrategy.MergePatch);
    await core.patchNamespacedConfigMap({ namespace, name, body: { data: { b: '2' } } }, merge);
    await core.patchNamespacedConfigMap({ namespace, name, body: [{ op: 'remove', path: '/data/a' }] });
    const apply = k8s.setHeaderOptions('Content-Type', k8s.PatchStrategy.ServerSideApply);
    const applied = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { c: '3' } };
    await core.patchNamespacedConfigMap({ namespace, name, body: applied, fieldManager: 'node' }, apply);
    assert.deepEqual((await core.readNamespacedConfigMap({ namespace, name })).data, { b: '2', c: '3' });
    await core.deleteNamespacedConfigMap({ namespace, name });
    await assert.rejects(core.readNamespacedConfigMap({ namespace, name }), { code: 404 });
  },

  async 'informers follow additions, updates and deletions'({ k8s, config, core, namespace }) {
    const list = () => core.listNamespacedConfigMap({ namespace });
    const informer = k8s.makeInformer(config, `/api/v1/namespaces/${namespace}/configmaps`, list);
    const seen = [];
    for (const verb of ['add', 'update', 'delete'])
      informer.on(verb, ({ metadata }) => metadata.name === 'informed' && seen.push(verb));
    await informer.start();
    const shows = (verb) => eventually(`the informer says ${verb}`, () => seen.includes(verb));
    await core.createNamespacedConfigMap({ namespace, body: configMap('informed') });
    await shows('add');
    const { metadata } = await core.readNamespacedConfigMap({ namespace, name: 'informed' });
    await core.replaceNamespacedConfigMap({ namespace, name: 'informed', body: { metadata, data: { a: 'b' } } });
    await shows('update');
    await core.deleteNamespacedConfigMap({ namespace, name: 'informed' });
    await shows('delete');
    await informer.stop();
  },

  async 'watches tell events with their objects'({ k8s, config, core, namespace }) {
    const events = [];
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    const note = (type, { metadata }) => events.push(`${type} ${metadata.name}`);
    const stopped = await new k8s.Watch(config).watch(path, { labelSelector: 'made-by' }, note, () => undefined);
    await core.createNamespacedConfigMap({ namespace, body: configMap('watched') });
    await core.deleteNamespacedConfigMap({ namespace, name: 'watched' });
    await eventually('two events', () => events.length === 2);
    stopped.abort();
    assert.deepEqual(events, ['ADDED watched', 'DELETED watched']);
  },

  async 'objects of any kind are found by discovery'({ k8s, config, namespace }) {
    const client = k8s.KubernetesObjectApi.makeApiClient(config);
    const spec = { rules: [{ host: 'a.example.com' }] };
    const object = { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: { namespace, name: 'any' }, spec };
    await client.create(object);
    assert.equal((await client.read(object)).spec.rules[0].host, 'a.example.com');
    await client.delete(object);
  },

  async 'containers: exec with input, output and a status'({ k8s, config, ...rest }) {
    await startPod(rest, 'exec', 'sleep 3600');
    const [out, errors] = [new PassThrough(), new PassThrough()];
    const command = ['sh', '-c', 'read line; echo got $line; echo oops >&2; exit 3'];
    const status = await new Promise((resolve, reject) => {
      const input = Readable.from(['words\n']);
      const exec = new k8s.Exec(config);
      exec.exec(rest.namespace, 'exec', 'main', command, out, errors, input, false, resolve).catch(reject);
    });
    assert.equal(out.read()?.toString(), 'got words\n');
    assert.equal(errors.read()?.toString(), 'oops\n');
    assert.equal(status.reason, 'NonZeroExitCode');
  },

  async 'containers: logs are followed'({ k8s, config, ...rest }) {
    await startPod(rest, 'talker', 'echo one; sleep 1; echo two; sleep 3600');
    const out = new PassThrough();
    await new k8s.Log(config).log(rest.namespace, 'talker', 'main', out, { follow: true });
    let said = '';
    out.on('data', (chunk) => {
      said += chunk;
    });
    await eventually('two lines', () => said === 'one\ntwo\n');
  },

  async 'containers: port forward'({ k8s, config, ...rest }) {
    const serve = 'mkdir -p /www; echo hello > /www/index.html; exec busybox httpd -f -p 8080 -h /www';
    await startPod(rest, 'web', serve);
    const forward = new k8s.PortForward(config);
    const server = createServer((socket) => forward.portForward(rest.namespace, 'web', [8080], socket, null, socket));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    await pause(500);
    const socket = connect(server.address().port, '127.0.0.1');
    socket.write('GET /index.html HTTP/1.0\r\n\r\n');
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    await eventually('the answer', () => answer.endsWith('hello\n'));
    socket.destroy();
    server.close();
  },
};

async function perform(folder, kubeconfig, image, name) {
  const found = createRequire(join(folder, 'package.json')).resolve('@kubernetes/client-node');
  const k8s = await import(pathToFileURL(found).href);
  const config = new k8s.KubeConfig();
  config.loadFromFile(kubeconfig);
  const core = config.makeApiClient(k8s.CoreV1Api);
  const { metadata } = await core.createNamespace({ body: { metadata: { generateName: 'node-client-' } } });
  try {
    await checks[name]({ k8s, config, core, image, namespace: metadata.name });
  } finally {
    await core.deleteNamespace({ name: metadata.name });
  }
}

const [first, ...others] = process.argv.slice(2);
if (first === '--list') console.log(Object.keys(checks).join('\n'));
else {
  await perform(first, ...others);
  process.exit(0); // Streams of the client may still be open.
}
