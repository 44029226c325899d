import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { HttpRequest } from '@steersman/server';
import { authoritiesOf } from './certificate-chain.ts';
import { requestHeaderAuthenticator } from './request-header.ts';

/** A proxy's authority, and a certificate of it for `front`, made by openssl; undefined where there is none. */
function proxyCertificates(): { readonly authority: string; readonly der: Uint8Array } | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'proxy-'));
  const run = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' });
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  try {
    run('req', '-x509', ...curve, '-keyout', 'ca.key', '-out', 'ca.crt', '-subj', '/CN=front-proxy-ca', '-days', '2');
    run('req', ...curve, '-keyout', 'c.key', '-out', 'c.csr', '-subj', '/CN=front');
    run(
      'x509',
      '-req',
      '-in',
      'c.csr',
      '-CA',
      'ca.crt',
      '-CAkey',
      'ca.key',
      '-CAcreateserial',
      '-out',
      'c.crt',
      '-days',
      '2',
    );
    run('x509', '-in', 'c.crt', '-outform', 'der', '-out', 'c.der');
    return { authority: readFileSync(join(folder, 'ca.crt'), 'utf8'), der: readFileSync(join(folder, 'c.der')) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('requestHeaderAuthenticator believes proxies that the authorities vouch for, and nobody else', (context) => {
  const made = proxyCertificates();
  if (made === undefined) return context.skip('openssl is not installed');
  const stranger = proxyCertificates()!;
  const options = {
    authorities: authoritiesOf(made.authority, 'requestheader-client-ca-file'),
    usernameHeaders: ['x-remote-user'],
    uidHeaders: ['x-remote-uid'],
    groupHeaders: ['x-remote-group'],
    extraPrefixes: ['x-remote-extra-'],
  };
  const headers = { 'x-remote-user': 'ann', 'x-remote-group': 'a, b', 'x-remote-extra-scopes%2fone': 's' };
  const request = (chain: readonly Uint8Array[], sent: object = headers) =>
    ({
      headers: sent,
      headerValues: (name: string) => ((sent as Record<string, string>)[name] ?? '').split(', ').filter(Boolean),
      peer: { certificate: { commonName: 'front', chain: () => chain } },
    }) as unknown as HttpRequest;
  const now = Date.now();
  const any = requestHeaderAuthenticator({ ...options, allowedNames: [] });
  assert.deepEqual(any(request([made.der]), now), {
    name: 'ann',
    groups: ['a', 'b'],
    extra: { 'scopes/one': ['s'] },
  });
  assert.equal(any(request([stranger.der]), now), undefined);
  assert.equal(any(request([made.der], {}), now), undefined);
  assert.equal(any(request([made.der]), now + 10 * 24 * 3600_000), undefined);
  const named = requestHeaderAuthenticator({ ...options, allowedNames: ['other'] });
  assert.equal(named(request([made.der]), now), undefined);
});
