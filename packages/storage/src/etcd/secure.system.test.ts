import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { realClock, silentLogger } from '@steersman/machinery';
import { isStorageError } from '../error.ts';
import { connectEtcd } from './adapters/connection.ts';
import { openEtcdStorage } from './open.ts';
import { startEtcd, withoutEtcd } from './test-member/etcd.ts';

const clock = realClock();
const log = silentLogger;
const skip = withoutEtcd || (spawnSync('openssl', ['version']).status !== 0 && 'needs openssl');

/** An authority, and one certificate of it that serves the member and the client alike. */
function makeCertificates(folder: string) {
  const at = (name: string) => join(folder, name);
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'ignore' });
  const key = (name: string) => ['-newkey', 'rsa:2048', '-nodes', '-keyout', at(`${name}.key`)];
  openssl('req', '-x509', ...key('ca'), '-out', at('ca.crt'), '-subj', '/CN=authority');
  openssl('req', ...key('tls'), '-out', at('tls.csr'), '-subj', '/CN=steersman');
  writeFileSync(at('extensions'), 'subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth,clientAuth\n');
  const authority = ['-CA', at('ca.crt'), '-CAkey', at('ca.key'), '-CAcreateserial'];
  openssl('x509', '-req', '-in', at('tls.csr'), ...authority, '-out', at('tls.crt'), '-extfile', at('extensions'));
  const files = [`--cert-file=${at('tls.crt')}`, `--key-file=${at('tls.key')}`, `--trusted-ca-file=${at('ca.crt')}`];
  const read = (name: string) => readFileSync(at(name), 'utf8');
  return {
    args: [...files, '--client-cert-auth'],
    tls: { ca: read('ca.crt'), cert: read('tls.crt'), key: read('tls.key') },
  };
}

const write = { when: [], write: [{ kind: 'put', key: '/r/a', value: Buffer.from('x') }] } as const;

test('openEtcdStorage() shows its client certificate, and is refused without one', { skip }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'steersman-etcd-tls-'));
  const { args, tls } = makeCertificates(folder);
  const etcd = await startEtcd({ scheme: 'https', args });
  try {
    const { endpoints } = etcd;
    const storage = await openEtcdStorage({ endpoints, tls, clock, log });
    assert.equal((await storage.transact(write)).succeeded, true);
    await storage.close();
    const anonymous = openEtcdStorage({ endpoints, tls: { ca: tls.ca }, clock, log });
    await assert.rejects(anonymous, (error) => isStorageError(error, 'unavailable'));
  } finally {
    await etcd.stop();
    rmSync(folder, { recursive: true });
  }
});

test('openEtcdStorage() signs in with user and password, and again when its token is not known any more', {
  skip,
}, async () => {
  // Tokens of one second, so that the test sees one end.
  const etcd = await startEtcd({ args: ['--auth-token-ttl=1'] });
  const { endpoints } = etcd;
  const root = connectEtcd({ endpoints, clock });
  const admin = (method: string, request: Record<string, unknown> = {}) =>
    root.call('Auth', method, request, { repeatable: false });
  try {
    await admin('UserAdd', { name: 'root', password: 'secret' });
    await admin('RoleAdd', { name: 'root' });
    await admin('UserGrantRole', { user: 'root', role: 'root' });
    await admin('AuthEnable');
    await assert.rejects(openEtcdStorage({ endpoints, clock, log }), (error) => isStorageError(error, 'unavailable'));
    const storage = await openEtcdStorage({ endpoints, auth: { user: 'root', password: 'secret' }, clock, log });
    let told = 0;
    storage.watch({ start: '/r/', end: '/r0' }, ({ events }) => {
      told += events.length;
    });
    await storage.transact(write);
    await clock.sleep(2500);
    await storage.transact(write);
    assert.equal(told, 2);
    await storage.close();
  } finally {
    root.close();
    await etcd.stop();
  }
});
