import type { ObjectMeta } from '@steersman/api';

/** openssl req -new -key ec.pem -subj "/O=system:masters/O=dev/CN=eve" */
export const CERTIFICATE_REQUEST = `-----BEGIN CERTIFICATE REQUEST-----
MIHwMIGXAgEAMDUxFzAVBgNVBAoMDnN5c3RlbTptYXN0ZXJzMQwwCgYDVQQKDANk
ZXYxDDAKBgNVBAMMA2V2ZTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABBur5kEl
F2HJYXPvh0f4s3sBhiwrcCKSpK0qgXZNH646NK0ODCUangTcM1Ka/3lJCRxsOh0B
mtmRuDAdWT+pJWmgADAKBggqhkjOPQQDAgNIADBFAiEAwolJsixi5DA3fTyE+SQ2
sh9XvmsE+TAzK4pEKicz/wsCIBR6lBS6M/6wCKvtBAbodEKAjueLZXDrRN0pIK2L
6yqV
-----END CERTIFICATE REQUEST-----
`;

/** A CertificateSigningRequest that carries it. */
export function signingRequest(metadata: ObjectMeta, signerName: string) {
  return {
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata,
    spec: { request: Buffer.from(CERTIFICATE_REQUEST).toString('base64'), signerName, usages: ['client auth'] },
  };
}
