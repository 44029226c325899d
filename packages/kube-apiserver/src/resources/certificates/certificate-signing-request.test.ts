import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CertificateSigningRequest, Resources } from '@steersman/api';
import { badLabels } from '../bad-metadata.ts';
import { refusesToCreate } from '../bad-objects.ts';
import { certificateSigningRequest } from './certificate-signing-request.ts';

// Made with openssl, for CN=jane; the second has one bit of its signature turned.
const request =
  'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlISk1IRUNBUUF3RHpFTk1Bc0dBMVVFQXd3RWFtRnVaVEJaTUJNR0J5cUdTTTQ5QWdFR0NDcUdTTTQ5QXdFSApBMElBQkNkcmYxc0wwenk2SGd1amY3U3MxQTJkWU90WDdSR2xXYjhQM09JOCtmR05mMldKNmFJbytxVy9vUFNICm8yTTErOUNHeEkrNWx3MjE4bDQydFpQdlliU2dBREFLQmdncWhrak9QUVFEQWdOSUFEQkZBaUVBay9Uc2FRVEYKMVZxTi83RUV4VUJwMGp5S3ZhZERkb2cweVB5ZHVNYXJIKzhDSUF6bDBXcmpYbXdPNDlTUGdJVW1ZMGYrcURPaQpyOUJZOU9QeG0zTm85a2paCi0tLS0tRU5EIENFUlRJRklDQVRFIFJFUVVFU1QtLS0tLQo=';
const forged =
  'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlISk1IRUNBUUF3RHpFTk1Bc0dBMVVFQXd3RWFtRnVaVEJaTUJNR0J5cUdTTTQ5QWdFR0NDcUdTTTQ5QXdFSEEwSUFCQ2RyZjFzTAowenk2SGd1amY3U3MxQTJkWU90WDdSR2xXYjhQM09JOCtmR05mMldKNmFJbytxVy9vUFNIbzJNMSs5Q0d4SSs1bHcyMThsNDJ0WlB2ClliU2dBREFLQmdncWhrak9QUVFEQWdOSUFEQkZBaUVBay9Uc2FRVEYxVnFOLzdFRXhVQnAwanlLdmFkRGRvZzB5UHlkdU1hckgrOEMKSUF6bDBXcmpYbXdPNDlTUGdJVW1ZMGYrcURPaXI5Qlk5T1B4bTNObzlralkKLS0tLS1FTkQgQ0VSVElGSUNBVEUgUkVRVUVTVC0tLS0tCg==';

refusesToCreate<CertificateSigningRequest>(
  {
    name: 'certificateSigningRequest',
    type: Resources.certificateSigningRequests,
    strategy: certificateSigningRequest,
    good: {
      apiVersion: 'certificates.k8s.io/v1',
      kind: 'CertificateSigningRequest',
      metadata: { name: 'jane' },
      spec: { request, signerName: 'kubernetes.io/kube-apiserver-client', usages: ['client auth'] },
    },
  },
  [
    ...badLabels,
    ['a request for no use', { spec: { usages: [] } }, ['Required spec.usages: Required value']],
    ['a request without a signer', { spec: { signerName: '' } }, ['Required spec.signerName: Required value']],
    [
      'a signer without a domain',
      { spec: { signerName: 'mine' } },
      [
        `Invalid spec.signerName: Invalid value: "mine": must be a fully qualified domain and path of the form 'example.com/signer-name'`,
      ],
    ],
    [
      'a signer of a domain without dots',
      { spec: { signerName: 'mine/x' } },
      [
        'Invalid spec.signerName: Invalid value: "mine": should be a domain with at least two segments separated by dots',
      ],
    ],
    [
      'an unknown use',
      { spec: { usages: ['client auth', 'lunch'] } },
      [
        'NotSupported spec.usages[1]: Unsupported value: "lunch": supported values: "any", "cert sign", "client auth", "code signing", "content commitment", "crl sign", "data encipherment", "decipher only", "digital signature", "email protection", "encipher only", "ipsec end system", "ipsec tunnel", "ipsec user", "key agreement", "key encipherment", "microsoft sgc", "netscape sgc", "ocsp signing", "s/mime", "server auth", "signing", "timestamping"',
      ],
    ],
    [
      'a use twice',
      { spec: { usages: ['client auth', 'client auth'] } },
      ['Duplicate spec.usages[1]: Duplicate value: "client auth"'],
    ],
    [
      'a request that its key has not signed',
      { spec: { request: forged } },
      [`Invalid spec.request: Invalid value: "${forged}": x509: ECDSA verification failure`],
    ],
    [
      'a life of a minute',
      { spec: { expirationSeconds: 60 } },
      [
        'Invalid spec.expirationSeconds: Invalid value: 60: may not specify a duration less than 600 seconds (10 minutes)',
      ],
    ],
    [
      'a request that is none',
      { spec: { request: 'AAAA' } },
      ['Invalid spec.request: Invalid value: "AAAA": PEM block type must be CERTIFICATE REQUEST'],
    ],
  ],
);

test('certificateSigningRequest.status takes certificates once, and never a decision back', () => {
  const old = { metadata: {}, spec: { request, signerName: 'a.b/c', usages: ['client auth'] }, status: {} };
  const update = (status: object, before: object = {}): string[] =>
    (
      certificateSigningRequest.status?.validateUpdate?.(
        { ...old, status } as CertificateSigningRequest,
        { ...old, status: before } as CertificateSigningRequest,
      ) ?? []
    ).map(({ field, message }) => `${field}: ${message}`);
  const approved = [{ type: 'Approved', status: 'True' }];
  const text = (value: string) => Buffer.from(value).toString('base64');
  assert.deepEqual(update({ conditions: approved }, { conditions: approved }), []);
  assert.deepEqual(update({}, { conditions: approved }), [
    'status.conditions: Forbidden: updates may not remove a condition of type "Approved"',
  ]);
  assert.deepEqual(update({ certificate: text('x') }), [
    'status.certificate: Invalid value: "<certificate data>": must contain at least one CERTIFICATE PEM block',
  ]);
  assert.deepEqual(
    update({ certificate: '' }, { certificate: text('-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n') }).at(
      -1,
    ),
    'status.certificate: Forbidden: updates may not modify existing certificate content',
  );
});
