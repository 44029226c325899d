import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CertificateSigningRequest } from '@steersman/api';
import { startTestServer } from '../test-server.ts';

const PATH = '/apis/certificates.k8s.io/v1/certificatesigningrequests';

const REQUEST = `-----BEGIN CERTIFICATE REQUEST-----
MIHwMIGXAgEAMDUxFzAVBgNVBAoMDnN5c3RlbTptYXN0ZXJzMQwwCgYDVQQKDANk
ZXYxDDAKBgNVBAMMA2V2ZTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABBur5kEl
F2HJYXPvh0f4s3sBhiwrcCKSpK0qgXZNH646NK0ODCUangTcM1Ka/3lJCRxsOh0B
mtmRuDAdWT+pJWmgADAKBggqhkjOPQQDAgNIADBFAiEAwolJsixi5DA3fTyE+SQ2
sh9XvmsE+TAzK4pEKicz/wsCIBR6lBS6M/6wCKvtBAbodEKAjueLZXDrRN0pIK2L
6yqV
-----END CERTIFICATE REQUEST-----
`;

test('certificateApproval takes over annotations and conditions, and nothing else of what is sent', async () => {
  await using api = await startTestServer({ extensions: {} });
  const made = await api.send<CertificateSigningRequest>('POST', PATH, {
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { name: 'x', labels: { a: 'b' } },
    spec: { request: Buffer.from(REQUEST).toString('base64'), signerName: 'example.com/s', usages: ['client auth'] },
  });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  const { status, body } = await api.send<CertificateSigningRequest>('PUT', `${PATH}/x/approval`, {
    ...made.body,
    metadata: { ...made.body.metadata, annotations: { decided: 'yes' } },
    spec: { ...made.body.spec, signerName: 'example.com/other' },
    status: { certificate: 'AA==', conditions: [{ type: 'Approved', status: 'True', reason: 'r', message: 'm' }] },
  });
  assert.equal(status, 200, JSON.stringify(body));
  assert.deepEqual(body.metadata.annotations, { decided: 'yes' });
  assert.deepEqual(body.metadata.labels, { a: 'b' });
  assert.equal(body.spec.signerName, 'example.com/s');
  assert.deepEqual([body.status?.certificate, body.status?.conditions?.length], [undefined, 1]);
});
