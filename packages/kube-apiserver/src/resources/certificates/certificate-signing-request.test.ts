import { type CertificateSigningRequest, Resources } from '@steersman/api';
import { badLabels } from '../bad-metadata.ts';
import { refusesToCreate } from '../bad-objects.ts';
import { certificateSigningRequest } from './certificate-signing-request.ts';

const request = Buffer.from('-----BEGIN CERTIFICATE REQUEST-----\nMA==\n-----END CERTIFICATE REQUEST-----\n').toString(
  'base64',
);

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
        'Invalid spec.signerName: Invalid value: "mine": must be a fully qualified domain and path of the form "example.com/signer-name"',
      ],
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
