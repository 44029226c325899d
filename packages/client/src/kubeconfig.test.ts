import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseKubeconfig } from './kubeconfig.ts';

const text = `apiVersion: v1
kind: Config
current-context: here
clusters:
- name: c
  cluster: {server: "https://127.0.0.1:6443", certificate-authority-data: ${Buffer.from('CA').toString('base64')}}
users:
- name: u
  user: {client-certificate: cert.pem, client-key-data: ${Buffer.from('KEY').toString('base64')}}
contexts:
- name: here
  context: {cluster: c, user: u, namespace: web}
`;

test('parseKubeconfig() reads inline data and files of the chosen context', () => {
  const config = parseKubeconfig({ text, readFile: (path) => `<${path}>` });
  assert.deepEqual(config, {
    server: 'https://127.0.0.1:6443',
    ca: 'CA',
    certificate: '<cert.pem>',
    key: 'KEY',
    namespace: 'web',
  });
});

test('parseKubeconfig() names a context that does not exist', () => {
  assert.throws(
    () => parseKubeconfig({ text, context: 'there', readFile: () => '' }),
    /context "there" does not exist/,
  );
});
