import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fakeClock, seededRandom } from '@steersman/machinery';
import { ensurePki } from './adapters/pki-folder.ts';
import { type PkiRequest, planCertificates } from './plan.ts';
import { stillServes } from './validity.ts';

const DAY_MS = 86_400_000;
const request: PkiRequest = {
  apiServerHosts: ['10.88.0.1', 'machine'],
  serviceAddress: '10.96.0.1',
  clusterDomain: 'cluster.local',
  nodes: [{ name: 'node-1', addresses: ['10.88.0.2', '127.0.0.1'] }],
};

function folder(t: { after(f: () => void): void }): string {
  const path = mkdtempSync(join(tmpdir(), 'pki-'));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
}
const effects = () => ({ clock: fakeClock(), random: seededRandom(7) });

test('ensurePki() issues every planned certificate, verifiable against its authority', async (t) => {
  const pki = await ensurePki(folder(t), request, effects());
  for (const spec of planCertificates(request)) {
    const certificate = new X509Certificate(pki.pair(spec.file).certificate);
    const authority = new X509Certificate(pki.pair(spec.authority).certificate);
    assert.equal(certificate.verify(authority.publicKey), true, spec.file);
    assert.equal(certificate.checkIssued(authority), true, spec.file);
  }
  const server = new X509Certificate(pki.pair('apiserver').certificate);
  assert.equal(server.checkIP('10.96.0.1'), '10.96.0.1');
  assert.equal(server.checkHost('kubernetes.default.svc'), 'kubernetes.default.svc');
  const client = new X509Certificate(pki.pair('nodes/node-1/kubelet-client').certificate);
  assert.equal(client.subject, 'O=system:nodes\nCN=system:node:node-1');
});

test('ensurePki() gives a store of its own process an authority of its own, when there is one', async (t) => {
  const without = await ensurePki(folder(t), request, effects());
  assert.throws(() => without.pair('etcd/ca'), RangeError);
  const pki = await ensurePki(folder(t), { ...request, storeHosts: ['127.0.0.21'] }, effects());
  const authority = new X509Certificate(pki.pair('etcd/ca').certificate);
  for (const file of ['etcd/server', 'etcd/peer', 'apiserver-etcd-client'])
    assert.equal(new X509Certificate(pki.pair(file).certificate).verify(authority.publicKey), true, file);
  assert.equal(new X509Certificate(pki.pair('etcd/server').certificate).checkIP('127.0.0.21'), '127.0.0.21');
});

test('ensurePki() keeps private keys from other users', async (t) => {
  const path = folder(t);
  await ensurePki(path, request, effects());
  for (const key of ['ca.key', 'sa.key', 'admin.key']) assert.equal(statSync(join(path, key)).mode & 0o077, 0, key);
});

test('ensurePki() issues nothing the second time', async (t) => {
  const path = folder(t);
  const first = await ensurePki(path, request, effects());
  const second = await ensurePki(path, request, effects());
  assert.deepEqual(second.issued, []);
  assert.equal(second.pair('apiserver').certificate, first.pair('apiserver').certificate);
});

test('ensurePki() reissues only what lacks a name or is near its end, and keeps the authority', async (t) => {
  const path = folder(t);
  const { clock, random } = effects();
  const first = await ensurePki(path, request, { clock, random });
  const renamed = await ensurePki(path, { ...request, apiServerHosts: ['10.1.2.3'] }, { clock, random });
  assert.deepEqual(renamed.issued, ['apiserver']);
  await clock.advance(310 * DAY_MS);
  const later = await ensurePki(path, request, { clock, random });
  assert.equal(later.issued.includes('nodes/node-1/kubelet'), true);
  assert.equal(later.issued.includes('ca'), false);
  assert.equal(later.pair('ca').certificate, first.pair('ca').certificate);
});

test('stillServes() refuses text that is no certificate', () => {
  assert.equal(stillServes('nonsense', planCertificates(request)[0]!, 'nonsense', 0), false);
});
