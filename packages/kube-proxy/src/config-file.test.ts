import assert from 'node:assert/strict';
import { test } from 'node:test';
import { flagsOfConfigFile } from './config-file.ts';

test('flagsOfConfigFile() reads the fields of a KubeProxyConfiguration and leaves empty ones to the flags', () => {
  const text = [
    'apiVersion: kubeproxy.config.k8s.io/v1alpha1',
    'kind: KubeProxyConfiguration',
    'clusterCIDR: 10.244.0.0/16',
    'mode: ""',
    'clientConnection:',
    '  kubeconfig: /var/lib/kube-proxy/kubeconfig.conf',
  ].join('\n');
  assert.deepEqual(Object.fromEntries(flagsOfConfigFile(text)), {
    kubeconfig: '/var/lib/kube-proxy/kubeconfig.conf',
    'cluster-cidr': '10.244.0.0/16',
  });
});

test('flagsOfConfigFile() refuses other kinds', () => {
  assert.throws(() => flagsOfConfigFile('kind: Pod'), { code: 'bad-configuration' });
});
