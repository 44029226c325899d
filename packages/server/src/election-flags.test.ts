import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultElection, electionFlags, electionSettingsOf, standingOf } from './election-flags.ts';
import { parseFlags } from './flags.ts';

const preset = defaultElection('kube-scheduler');
const parse = (...args: readonly string[]) => parseFlags(electionFlags(preset), args).flags;

test('electionSettingsOf() lets what is given win over what is configured', () => {
  const configured = { ...preset, leaderElect: false, retryPeriodMs: 3_000 };
  assert.deepEqual(electionSettingsOf(parse('--leader-elect-retry-period=5s'), configured), {
    ...configured,
    retryPeriodMs: 5_000,
  });
  assert.deepEqual(electionSettingsOf(parse(), configured), configured);
});

test('standingOf() names the lease, and the versions when the API server is to elect', () => {
  const { leaseDurationMs, renewDeadlineMs, retryPeriodMs } = preset;
  const standing = {
    lease: { namespace: 'kube-system', name: 'kube-scheduler' },
    leaseDurationMs,
    renewDeadlineMs,
    retryPeriodMs,
  };
  assert.deepEqual(standingOf(parse(), preset), standing);
  const coordinated = standingOf(parse('--feature-gates=CoordinatedLeaderElection=true'), preset);
  assert.deepEqual(coordinated, {
    ...standing,
    coordinated: { binaryVersion: '1.36.0', emulationVersion: '1.36.0' },
  });
});

test('standingOf() is undefined without an election, and refuses versions all the same', () => {
  const without = { ...preset, leaderElect: false };
  assert.equal(standingOf(parse(), without), undefined);
  assert.throws(() => standingOf(parse('--emulated-version=kube=1.2'), without), /not between/);
});
