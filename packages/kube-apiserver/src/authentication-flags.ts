/** The flags about who may come in, under upstream's names. */
import { type Flag, textFlag } from '@steersman/server';

const list = (name: string, help: string, preset: readonly string[] = []): Flag => ({
  name,
  type: 'strings',
  default: preset,
  help,
});

export const authenticationFlags: readonly Flag[] = [
  textFlag('client-ca-file', 'PEM file with the authorities of client certificates.'),
  textFlag('token-auth-file', 'CSV file of static tokens: token,user,uid,"group1,group2".'),
  {
    name: 'anonymous-auth',
    type: 'bool',
    default: true,
    help: 'Requests without credentials become system:anonymous.',
  },
  {
    name: 'enable-bootstrap-token-auth',
    type: 'bool',
    default: false,
    help: 'Accept the tokens of Secrets of type bootstrap.kubernetes.io/token in kube-system.',
  },
  {
    name: 'service-account-extend-token-expiration',
    type: 'bool',
    default: true,
    help: 'Let the tokens that are mounted into pods work for a year.',
  },
  textFlag(
    'requestheader-client-ca-file',
    'PEM file with the authorities of proxies whose X-Remote-* headers are believed.',
  ),
  list('requestheader-allowed-names', 'Common names of such proxies. Empty: any that the authorities vouch for.'),
  list('requestheader-username-headers', 'Headers with the user name.', ['X-Remote-User']),
  list('requestheader-uid-headers', 'Headers with the uid of the user.', ['X-Remote-Uid']),
  list('requestheader-group-headers', 'Headers with a group each.', ['X-Remote-Group']),
  list('requestheader-extra-headers-prefix', 'What headers with extra attributes begin with.', ['X-Remote-Extra-']),
  textFlag('oidc-issuer-url', 'Issuer of ID tokens (OpenID Connect) that are accepted; https only.'),
  textFlag('oidc-client-id', 'Who those tokens must be for.'),
  textFlag('oidc-ca-file', "PEM file with the authority of the issuer's certificate. Empty: those of the system."),
  textFlag('oidc-username-claim', 'Claim with the user name.', 'sub'),
  textFlag(
    'oidc-username-prefix',
    'Goes in front of user names; - for nothing. Empty: the issuer, unless the claim is email.',
  ),
  textFlag('oidc-groups-claim', 'Claim with the groups.'),
  textFlag('oidc-groups-prefix', 'Goes in front of groups.'),
  list('oidc-signing-algs', 'Algorithms that tokens may be signed with.', ['RS256']),
  { name: 'oidc-required-claim', type: 'map', default: '', help: 'Claims that tokens must have, as claim=value.' },
  textFlag('authentication-config', 'File with an AuthenticationConfiguration, instead of the --oidc-* flags.'),
  textFlag(
    'authentication-token-webhook-config-file',
    'Kubeconfig of a server that is asked about tokens nobody else knows.',
  ),
  textFlag('authorization-webhook-config-file', 'Kubeconfig of a server that the authorization mode Webhook asks.'),
  textFlag('authentication-token-webhook-version', 'Version of the reviews that it is sent: v1 or v1beta1.', 'v1beta1'),
  textFlag('authorization-webhook-version', 'Version of the reviews that it is sent: v1 or v1beta1.', 'v1beta1'),
  {
    name: 'authorization-webhook-cache-authorized-ttl',
    type: 'duration',
    default: '5m0s',
    help: 'How long the authorization webhook is believed that somebody may do something.',
  },
  {
    name: 'authorization-webhook-cache-unauthorized-ttl',
    type: 'duration',
    default: '30s',
    help: 'How long it is believed that somebody may not.',
  },
];
