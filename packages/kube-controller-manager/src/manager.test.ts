import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseComponentFlags } from '@steersman/server';
import { command } from './command.ts';
import { allControllers } from './controllers.ts';
import { configOf } from './flags.ts';
import { selectControllers } from './manager.ts';

const names = (...selection: string[]) => selectControllers(selection, allControllers).map(({ name }) => name);

test('selectControllers() takes all, some by name or old name, and all but some', () => {
  assert.equal(names('*').length, allControllers.length);
  assert.deepEqual(names('deployment-controller', 'job'), ['deployment-controller', 'job-controller']);
  assert.equal(names('*', '-cronjob').includes('cronjob-controller'), false);
  assert.equal(names('*', '-cronjob').length, allControllers.length - 1);
});

test('command parses upstream flags into a configuration', () => {
  const args = [
    '--cluster-cidr=10.244.0.0/16,fd00:10:244::/48',
    '--allocate-node-cidrs=true',
    '--node-cidr-mask-size-ipv6=80',
    '--node-monitor-grace-period=40s',
    '--controllers=*,-job',
    '--concurrent-gc-syncs=7',
    '--leader-elect=false',
  ];
  const parsed = parseComponentFlags(command, args);
  assert.equal(parsed.kind, 'run');
  if (parsed.kind !== 'run') return;
  const config = configOf(parsed.flags, undefined);
  assert.deepEqual(
    [
      config.clusterCidrs,
      config.allocateNodeCidrs,
      config.nodeCidrMaskSizeIpv4,
      config.nodeCidrMaskSizeIpv6,
      config.nodeMonitorGracePeriodMs,
      config.controllers,
      config.concurrentGcSyncs,
    ],
    [['10.244.0.0/16', 'fd00:10:244::/48'], true, 24, 80, 40_000, ['*', '-job'], 7],
  );
});

test('every controller has its own name and a service account', () => {
  assert.equal(new Set(allControllers.map(({ name }) => name)).size, allControllers.length);
  for (const { name, account } of allControllers) assert.notEqual(account, '', name);
});
