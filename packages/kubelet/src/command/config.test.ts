import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseFlags } from '@steersman/server';
import { configOf, flags, KubeletConfigError } from './config.ts';

const config = (args: readonly string[], file?: Record<string, unknown>) =>
  configOf(parseFlags(flags, args).flags, file && { kind: 'KubeletConfiguration', ...file });

test('configOf() takes flags over the file and the file over defaults', () => {
  const file = { clusterDNS: ['10.0.0.10'], maxPods: 50, staticPodPath: '/etc/manifests', clusterDomain: 'from.file' };
  const read = config(['--max-pods=20', '--cluster-domain=from.flag'], file);
  assert.deepEqual(
    [read.podsMax, read.clusterDomain, read.clusterDns, read.manifestDirectory, read.rootDirectory],
    [20, 'from.flag', ['10.0.0.10'], '/etc/manifests', '/var/lib/kubelet'],
  );
});

test('configOf() reads taints and labels', () => {
  const read = config(['--register-with-taints=a=b:NoSchedule,c:NoExecute', '--node-labels=x=y,z=']);
  assert.deepEqual(read.taints, [
    { key: 'a', value: 'b', effect: 'NoSchedule' },
    { key: 'c', effect: 'NoExecute' },
  ]);
  assert.deepEqual(read.nodeLabels, { x: 'y', z: '' });
});

test('configOf() says what is wrong with a taint or a file of another kind', () => {
  assert.throws(() => config(['--register-with-taints=a:Nope']), KubeletConfigError);
  assert.throws(() => configOf(parseFlags(flags, []).flags, { kind: 'Pod' }), /kind is "Pod"/);
});
