import type { ConfigMap } from '@steersman/api';
import type { ServerConfig } from '../server-config.ts';

/** How servers that extend the API recognise the users that we recognise: certificates of clients, and us as their proxy. */
export function authenticationInfo({ config }: { readonly config: ServerConfig }): ConfigMap {
  const { clientCertificateAuthority, requestHeader } = config;
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace: 'kube-system', name: 'extension-apiserver-authentication' },
    data: {
      ...(clientCertificateAuthority === undefined ? {} : { 'client-ca-file': clientCertificateAuthority }),
      ...(requestHeader === undefined
        ? {}
        : {
            'requestheader-client-ca-file': requestHeader.authority,
            'requestheader-allowed-names': JSON.stringify(requestHeader.allowedNames),
            'requestheader-extra-headers-prefix': JSON.stringify(requestHeader.extraPrefixes),
            'requestheader-group-headers': JSON.stringify(requestHeader.groupHeaders),
            'requestheader-uid-headers': JSON.stringify(requestHeader.uidHeaders),
            'requestheader-username-headers': JSON.stringify(requestHeader.usernameHeaders),
          }),
    },
  };
}
