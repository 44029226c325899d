import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CertificateSigningRequest } from '@steersman/api';
import { signingRequest } from '../test-certificate-request.ts';
import { startTestServer } from '../test-server.ts';

const PATH = '/apis/certificates.k8s.io/v1/certificatesigningrequests';

test('certificateApproval takes over annotations and conditions, and nothing else of what is sent', async () => {
  await using api = await startTestServer({ extensions: {} });
  const made = await api.send<CertificateSigningRequest>(
    'POST',
    PATH,
    signingRequest({ name: 'x', labels: { a: 'b' } }, 'example.com/s'),
  );
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

test('certificateApproval refuses what was meant for another request of that name', async () => {
  await using api = await startTestServer({ extensions: {} });
  const made = await api.send<CertificateSigningRequest>('POST', PATH, signingRequest({ name: 'x' }, 'example.com/s'));
  const metadata = { ...made.body.metadata, resourceVersion: '', uid: 'another' };
  const { status } = await api.send('PUT', `${PATH}/x/approval`, { ...made.body, metadata });
  assert.equal(status, 409);
});
