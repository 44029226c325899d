/** Components that compete for one lease, each its own process, on two API servers with one store. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import type { Lease, V1beta1LeaseCandidate } from '@steersman/api';
import { missingPrograms, RetryingClient, type TestComponent, TestServers } from './adapters/test-servers.ts';

const LEASES = '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases';
const CANDIDATES = '/apis/coordination.k8s.io/v1beta1/namespaces/kube-system/leasecandidates';
const missing = missingPrograms('face');
const skip = missing.length > 0 && `needs ${missing.join(', ')}`;
/** Machines may be slow: nothing here is judged by how long it takes. */
const PATIENCE_MS = 300_000;
const options = { skip, timeout: 600_000 };

interface AuditEvent {
  readonly verb: string;
  readonly user: { readonly username: string };
  readonly objectRef?: { readonly resource: string };
  readonly requestReceivedTimestamp: string;
}

describe('leaders of components', () => {
  const servers = new TestServers('face', {
    servers: 2,
    users: ['one', 'two', 'three', 'young', 'old', 'next'],
    args: (own, index) => [
      '--feature-gates=CoordinatedLeaderElection=true',
      '--runtime-config=coordination.k8s.io/v1beta1=true',
      `--audit-policy-file=${own.at('policy')}`,
      `--audit-log-path=${own.at(`audit-${index}`)}`,
    ],
  });
  let client: RetryingClient;
  before(async () => {
    if (skip !== false) return;
    const rules = [{ level: 'Metadata', verbs: ['create', 'update', 'patch', 'delete'] }, { level: 'None' }];
    const policy = { apiVersion: 'audit.k8s.io/v1', kind: 'Policy', omitStages: ['RequestReceived'], rules };
    writeFileSync(servers.at('policy'), JSON.stringify(policy));
    await servers.start();
    client = new RetryingClient(servers, 1);
  });
  after(async () => {
    client?.close();
    await servers[Symbol.asyncDispose]();
  });

  const candidate = (user: string, index: number, lease: string, ...args: string[]) =>
    servers.startComponent('kube-controller-manager', index, user, [
      '--controllers=serviceaccount-controller',
      '--secure-port=0',
      `--leader-elect-resource-name=${lease}`,
      '--leader-elect-lease-duration=20s',
      '--leader-elect-renew-deadline=15s',
      '--leader-elect-retry-period=1s',
      ...args,
    ]);
  const leads = ({ output }: TestComponent) => output.includes('Became leader');
  const leaseOf = async (name: string) => (await client.send('GET', `${LEASES}/${name}`)).body as unknown as Lease;
  async function until(what: () => boolean | Promise<boolean>, which: string): Promise<void> {
    const end = Date.now() + PATIENCE_MS;
    while (!(await what())) {
      assert.ok(Date.now() < end, `never: ${which}`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
  /** What a user has written beside leases since a time. */
  function writesOf(user: string, sinceMs: number): readonly AuditEvent[] {
    const lines = [0, 1].flatMap((index) =>
      readFileSync(servers.at(`audit-${index}`), 'utf8')
        .trim()
        .split('\n'),
    );
    const events = lines.filter((line) => line !== '').map((line) => JSON.parse(line) as AuditEvent);
    return events.filter(
      ({ user: { username }, objectRef, requestReceivedTimestamp }) =>
        username === user && objectRef?.resource !== 'leases' && Date.parse(requestReceivedTimestamp) >= sinceMs,
    );
  }

  test(
    'a component that leads is replaced when it is killed, and stops acting when it was paused for too long',
    options,
    async () => {
      const [one, two] = [candidate('one', 0, 'ordinary'), candidate('two', 1, 'ordinary')];
      await until(() => leads(one) || leads(two), 'a leader');
      const [first, second, paused] = leads(one) ? [one, two, 'two'] : [two, one, 'one'];
      const before = (await leaseOf('ordinary')).spec?.holderIdentity;
      first.child.kill('SIGKILL');
      await until(() => leads(second), 'a leader after the first was killed');
      const after = (await leaseOf('ordinary')).spec;
      assert.notEqual(after?.holderIdentity, before);
      assert.ok((after?.leaseTransitions ?? 0) >= 1);

      const third = candidate('three', 0, 'ordinary');
      second.child.kill('SIGSTOP');
      await until(() => leads(third), 'a leader while the second is paused');
      for (let index = 0; index < 20; index++)
        await client.send('POST', '/api/v1/namespaces', { metadata: { name: `while-paused-${index}` } });
      const continued = Date.now();
      second.child.kill('SIGCONT');
      assert.notEqual(await second.ended(), 0);
      await until(
        async () =>
          (await client.send('GET', '/api/v1/namespaces/while-paused-19/serviceaccounts/default')).status === 200,
        'an account that the third makes',
      );
      assert.deepEqual(writesOf(paused, continued), []);
      assert.ok(writesOf('three', continued - 60_000).length > 0, 'the audit log shows nobody');
      third.child.kill('SIGKILL');
    },
  );

  test('API servers let the component of the older release lead, and the next one after it', options, async () => {
    const gate = '--feature-gates=CoordinatedLeaderElection=true';
    const young = candidate('young', 1, 'elected', gate);
    await until(() => leads(young), 'an elected leader');
    assert.equal((await leaseOf('elected')).spec?.strategy, 'OldestEmulationVersion');
    const old = candidate('old', 1, 'elected', gate, '--emulated-version=kube=1.35');
    await until(() => leads(old), 'the older one');
    assert.notEqual(await young.ended(), 0, 'the younger one ends its term');
    const { items } = (await client.send('GET', CANDIDATES)).body as unknown as { items: V1beta1LeaseCandidate[] };
    const own = items.filter(({ spec }) => spec.leaseName === 'elected');
    assert.deepEqual(own.map(({ spec }) => `${spec.binaryVersion} ${spec.emulationVersion}`).sort(), [
      '1.36.0 1.35.0',
      '1.36.0 1.36.0',
    ]);
    // Whichever API server held the election, the other one holds the next.
    await servers.stopServer(0, 'SIGKILL');
    const next = candidate('next', 1, 'elected', gate);
    old.child.kill('SIGKILL');
    await until(() => leads(next), 'the next one after both were killed');
    const lease = (await leaseOf('elected')).spec;
    assert.equal(lease?.preferredHolder, undefined);
  });
});
