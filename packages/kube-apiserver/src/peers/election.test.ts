import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatMicroTime, type Lease, type V1beta1LeaseCandidate } from '@steersman/api';
import { createClient, runAsLeader } from '@steersman/client';
import { featureGatesOf } from '@steersman/server';
import { startTestServer } from '../test-server.ts';
import { electionStep } from './election.ts';

const key = { namespace: 'kube-system', name: 'kube-scheduler' };
const NOW = Date.parse('2026-01-01T00:01:00Z');
const at = (secondsAgo: number) => formatMicroTime(NOW - secondsAgo * 1000);
const candidate = (name: string, emulationVersion: string, spec: object = {}): V1beta1LeaseCandidate => ({
  metadata: { namespace: 'kube-system', name, creationTimestamp: '2026-01-01T00:00:00Z' },
  spec: {
    leaseName: key.name,
    binaryVersion: '1.36.0',
    emulationVersion,
    strategy: 'OldestEmulationVersion',
    renewTime: at(1),
    ...spec,
  },
});
const written = (step: ReturnType<typeof electionStep>) => (step.kind === 'write' ? step.lease.spec : step.kind);
const held = (holderIdentity: string, secondsAgo = 1): Lease => ({
  metadata: key,
  spec: { holderIdentity, strategy: 'OldestEmulationVersion', leaseDurationSeconds: 5, renewTime: at(secondsAgo) },
});

test('electionStep() elects the oldest emulated version, compared as versions', () => {
  const step = electionStep(key, undefined, [candidate('new', '1.100.0'), candidate('old', '1.99')], NOW);
  assert.deepEqual(written(step), {
    strategy: 'OldestEmulationVersion',
    holderIdentity: 'old',
    leaseDurationSeconds: 5,
    renewTime: at(0),
  });
});

test('electionStep() asks who has been silent, waits for answers, and passes over who does not answer', () => {
  const silent = candidate('silent', '1.35', { renewTime: at(60) });
  const asked = candidate('silent', '1.35', { renewTime: at(60), pingTime: at(2) });
  const gone = candidate('silent', '1.35', { renewTime: at(60), pingTime: at(6) });
  const here = candidate('here', '1.36');
  const asking = electionStep(key, undefined, [silent, here], NOW);
  assert.deepEqual(asking.kind === 'ask' && asking.candidates.map(({ metadata }) => metadata.name), ['silent']);
  assert.equal(electionStep(key, undefined, [asked, here], NOW).kind, 'none');
  const voted = electionStep(key, undefined, [gone, here], NOW);
  assert.equal(voted.kind === 'write' && voted.lease.spec?.holderIdentity, 'here');
});

test('electionStep() asks a leader to end its term for a better one, and replaces one whose lease ran out', () => {
  const both = [candidate('new', '1.36'), candidate('old', '1.35')];
  const ending = electionStep(key, held('new'), both, NOW);
  assert.equal(ending.kind === 'write' && ending.lease.spec?.preferredHolder, 'old');
  assert.equal(ending.kind === 'write' && ending.lease.spec?.holderIdentity, 'new');
  assert.equal(electionStep(key, held('old'), both, NOW).kind, 'none');
  const over = electionStep(key, held('new', 10), both, NOW);
  assert.equal(over.kind === 'write' && over.lease.spec?.holderIdentity, 'old');
  assert.equal(electionStep(key, held('new', 10), [], NOW).kind, 'none');
});

test('electionStep() asks who has been silent for a quarter of an hour, though the best one leads', () => {
  const leader = candidate('old', '1.35', { renewTime: at(16 * 60) });
  const asking = electionStep(key, held('old'), [leader, candidate('new', '1.36')], NOW);
  assert.deepEqual(asking.kind === 'ask' && asking.candidates.map(({ metadata }) => metadata.name), ['old']);
  assert.equal(
    electionStep(key, held('old'), [candidate('old', '1.35', { renewTime: at(14 * 60) })], NOW).kind,
    'none',
  );
});

test('electionStep() leaves other strategies to others, and does nothing while the newest do not agree on one', () => {
  const other = { strategy: 'example.com/mine' };
  const step = electionStep(key, undefined, [candidate('a', '1.36', other)], NOW);
  assert.deepEqual(written(step), { strategy: 'example.com/mine', leaseDurationSeconds: 5, renewTime: at(0) });
  const made: Lease = {
    metadata: key,
    spec: { strategy: 'example.com/mine', leaseDurationSeconds: 5, renewTime: at(1) },
  };
  assert.equal(electionStep(key, made, [candidate('a', '1.36', other)], NOW).kind, 'none');
  assert.equal(electionStep(key, undefined, [candidate('a', '1.36', other), candidate('b', '1.36')], NOW).kind, 'none');
  const newer = candidate('b', '1.36', { ...other, binaryVersion: '1.37.0' });
  assert.deepEqual(written(electionStep(key, undefined, [candidate('a', '1.36'), newer], NOW)), written(step));
});

test('the API server lets the candidate of the older release lead, and the other when that one is gone', async () => {
  const featureGates = featureGatesOf(new Map([['CoordinatedLeaderElection', 'true']]));
  const runtimeConfig = new Map([['coordination.k8s.io/v1beta1', 'true']]);
  await using api = await startTestServer({ extensions: {}, featureGates, runtimeConfig });
  await api.server.ready;
  const { effects } = api;
  const client = createClient(api.server.transportFor({ name: 'admin', groups: ['system:masters'] }));
  const leading = new Set<string>();
  const run = (identity: string, emulationVersion: string, signal: AbortSignal) =>
    runAsLeader(
      { client, effects, lease: key, identity, coordinated: { binaryVersion: '1.36.0', emulationVersion } },
      async (lost) => {
        leading.add(identity);
        assert.equal(leading.size, 1, 'two lead at once');
        await new Promise((resolve) => lost.addEventListener('abort', resolve, { once: true }));
        await effects.clock.sleep(3000); // What is under way takes its time.
        leading.delete(identity);
      },
      signal,
    );
  const [stopNew, stopOld] = [new AbortController(), new AbortController()];
  const pass = async (seconds: number) => {
    for (let second = 0; second < seconds; second++) {
      await effects.clock.advance(1000);
      for (let turns = 0; turns < 5; turns++) await effects.clock.settle();
    }
  };
  const first = run('host_new', '1.36.0', stopNew.signal);
  await pass(20);
  assert.deepEqual([...leading], ['host_new']);
  const second = run('host_old', '1.35.0', stopOld.signal);
  await pass(30);
  assert.deepEqual([...leading], ['host_old']);
  assert.equal(await first, true, 'the newer one ended its term');
  const third = run('host_new', '1.36.0', stopNew.signal);
  stopOld.abort();
  await pass(5);
  await second;
  await pass(40);
  assert.deepEqual([...leading], ['host_new']);
  stopNew.abort();
  await pass(5);
  await third;
});
