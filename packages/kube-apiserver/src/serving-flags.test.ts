import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseComponentFlags } from '@steersman/server';
import { ConfigurationError } from './configuration-error.ts';
import { flags } from './flags.ts';
import { servingOptions } from './serving-flags.ts';
import { startTestServer } from './test-server.ts';

function valuesOf(...args: string[]) {
  const parsed = parseComponentFlags({ name: 'kube-apiserver', summary: '', flags }, args);
  return parsed.kind === 'run' ? parsed.flags : assert.fail();
}

test('no flag of the server is there twice', () => {
  const names = flags.map(({ name }) => name);
  assert.deepEqual(
    names.filter((name, at) => names.indexOf(name) !== at),
    [],
  );
});

test('servingOptions() reads streams, TLS and the header', () => {
  assert.deepEqual(servingOptions(valuesOf()), { serving: {} });
  const values = valuesOf(
    '--http2-max-streams-per-connection=7',
    '--tls-min-version=VersionTLS13',
    '--strict-transport-security-directives=max-age=31536000,includeSubDomains',
  );
  assert.deepEqual(servingOptions(values), {
    serving: { streamsMax: 7, minVersion: 'TLSv1.3' },
    strictTransportSecurity: 'max-age=31536000; includeSubDomains',
  });
});

for (const flag of [
  '--tls-min-version=VersionTLS9',
  '--strict-transport-security-directives=foo',
  '--emulated-version=kube=1.34',
  '--min-compatibility-version=1.30',
])
  test(`servingOptions() refuses ${flag}`, () => {
    assert.throws(() => servingOptions(valuesOf(flag)), ConfigurationError);
  });

test('every answer has the header of strict transport security, those to nobody too', async () => {
  await using api = await startTestServer({ strictTransportSecurity: 'max-age=1' });
  for (const path of ['/version', '/nothing', '/api/v1/pods'])
    assert.equal((await api.send('GET', path)).headers['strict-transport-security'], 'max-age=1');
});
