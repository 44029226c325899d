import assert from 'node:assert/strict';
import {
  existsSync,
  lstatSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { load } from 'js-yaml';
import { mergeIntoFile, removeFromFile, usualKubeconfig } from './adapters/kubeconfig-file.ts';
import { type Kubeconfig, makeKubeconfig, mergeKubeconfig, removeFromKubeconfig } from './kubeconfig.ts';

const made = makeKubeconfig({
  name: 'steersman',
  user: 'steersman-admin',
  server: 'https://127.0.0.1:6443',
  authority: 'CA',
  certificate: 'CRT',
  key: 'KEY',
});
const work = {
  apiVersion: 'v1',
  kind: 'Config',
  preferences: { colors: true },
  clusters: [{ name: 'work', cluster: { server: 'https://work' } }],
  users: [{ name: 'me', user: { token: 't' } }],
  contexts: [{ name: 'work', context: { cluster: 'work', user: 'me', namespace: 'x' } }],
  'current-context': 'work',
};

test('makeKubeconfig() embeds the certificates', () => {
  assert.equal(made.users[0]?.user['client-key-data'], Buffer.from('KEY').toString('base64'));
  assert.equal(made['current-context'], 'steersman');
});

test('mergeKubeconfig() keeps other entries and unknown keys, and replaces its own', () => {
  const merged = mergeKubeconfig(
    mergeKubeconfig(work, { ...made, clusters: [{ name: 'steersman', cluster: { server: 'old' } }] }),
    made,
  );
  assert.deepEqual(
    merged.contexts.map((context) => context.name),
    ['work', 'steersman'],
  );
  assert.deepEqual(
    merged.clusters.map((entry) => entry.cluster.server),
    ['https://work', 'https://127.0.0.1:6443'],
  );
  assert.deepEqual(merged['preferences'], { colors: true });
  assert.equal(merged['current-context'], 'steersman');
});

test('removeFromKubeconfig() undoes a merge, leaving no current context', () => {
  const removed = removeFromKubeconfig(mergeKubeconfig(work, made), 'steersman');
  assert.deepEqual(removed, { ...work, 'current-context': '' });
});

test('usualKubeconfig() is the first of KUBECONFIG, else the one in the home folder', () => {
  assert.equal(usualKubeconfig({ KUBECONFIG: ':/a:/b' }), '/a');
  assert.equal(usualKubeconfig({ HOME: '/home/x' }), '/home/x/.kube/config');
});

test('mergeIntoFile() backs up the file once, keeps its mode and a link to it', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'kubeconfig-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const [real, link] = [join(folder, 'real'), join(folder, 'link')];
  writeFileSync(real, JSON.stringify(work), { mode: 0o640 });
  symlinkSync(real, link);
  mergeIntoFile(link, made);
  mergeIntoFile(link, { ...made, clusters: [{ name: 'steersman', cluster: { server: 'https://elsewhere' } }] });
  assert.equal(lstatSync(link).isSymbolicLink(), true);
  assert.equal(statSync(real).mode & 0o777, 0o640);
  assert.deepEqual(JSON.parse(readFileSync(`${real}.before-steersman`, 'utf8')), work);
  removeFromFile(link, 'steersman', 'https://not-this-one');
  assert.equal((load(readFileSync(real, 'utf8')) as Kubeconfig).clusters.length, 2);
  removeFromFile(link, 'steersman', 'https://elsewhere');
  assert.equal((load(readFileSync(real, 'utf8')) as Kubeconfig).clusters.length, 1);
});

test('mergeIntoFile() refuses a file it cannot read and leaves it alone', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'kubeconfig-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'config');
  writeFileSync(path, '{{ not yaml');
  assert.throws(() => mergeIntoFile(path, made), { code: 'invalid-file' });
  assert.equal(readFileSync(path, 'utf8'), '{{ not yaml');
  assert.equal(existsSync(`${path}.before-steersman`), false);
});
