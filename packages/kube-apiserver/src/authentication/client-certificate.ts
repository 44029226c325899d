import type { Authenticator } from './contract.ts';

/** A verified client certificate: its common name is the user, its organizations are the groups. */
export const clientCertificateAuthenticator: Authenticator = {
  name: 'x509',
  authenticate: async ({ certificate }) => {
    if (certificate === undefined || certificate.commonName === '') return undefined;
    return {
      name: certificate.commonName,
      groups: certificate.organizations,
      extra: { 'authentication.kubernetes.io/credential-id': [`X509SHA256=${certificate.fingerprint}`] },
    };
  },
};
