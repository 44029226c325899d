import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseComponentFlags } from '@steersman/server';
import { command } from './command.ts';
import { DEFAULT_CONFIG } from './config/defaults.ts';
import { configOf } from './flags.ts';

function configFrom(...args: readonly string[]) {
  const parsed = parseComponentFlags(command, args);
  assert.equal(parsed.kind, 'run');
  return configOf((parsed as Extract<typeof parsed, { kind: 'run' }>).flags);
}

test("configOf() without flags is upstream's default", () => {
  assert.deepEqual(configFrom(), DEFAULT_CONFIG);
});

test('configOf() lets flags that were given win over the configuration file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'steersman-scheduler-'));
  try {
    const file = join(folder, 'config.yaml');
    const head = 'apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\n';
    writeFileSync(file, `${head}leaderElection: {leaderElect: true, leaseDuration: 30s, resourceName: other}\n`);
    const { leaderElection } = configFrom(
      `--config=${file}`,
      '--leader-elect=false',
      '--leader-elect-retry-period',
      '5s',
      '-v=2',
    );
    assert.deepEqual(leaderElection, {
      leaderElect: false,
      leaseDurationMs: 30_000,
      renewDeadlineMs: 10_000,
      retryPeriodMs: 5000,
      resourceName: 'other',
      resourceNamespace: 'kube-system',
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('configOf() names the file and the flag when it cannot be read', () => {
  assert.throws(() => configFrom('--config=/no/such/file'), /--config=\/no\/such\/file cannot be read/);
});
