/** What the flags say about who may come in. */
import { createHttpTransport, loadKubeconfig } from '@steersman/client';
import type { FlagValues } from '@steersman/server';
import { authenticationConfiguration } from './authentication/configuration.ts';
import { ConfigurationError } from './configuration-error.ts';
import type { FlagFiles } from './flag-files.ts';
import type { ServerConfig } from './server-config.ts';
import type { ApiServerOptions, RequestHeaderConfiguration } from './server-options.ts';

type AuthenticationOptions = Pick<
  ApiServerOptions,
  | 'anonymousAuth'
  | 'anonymousPaths'
  | 'tokenFile'
  | 'requestHeader'
  | 'clientCertificateAuthority'
  | 'bootstrapTokens'
  | 'oidcProviders'
  | 'tokenWebhook'
  | 'authorizationWebhook'
  | 'authorizationWebhookOptions'
  | 'tokenWebhookVersion'
>;

/** Throws ConfigurationError for flags that contradict each other or name bad files. */
export function authenticationOptions(values: FlagValues, files: FlagFiles): AuthenticationOptions {
  const text = files.text('authentication-config');
  const file = text === undefined ? { providers: [] } : authenticationConfiguration(text);
  if (text !== undefined && values.given('oidc-issuer-url'))
    throw new ConfigurationError('bad-flag', 'authentication-config file and oidc-* flags are mutually exclusive');
  if (file.anonymous !== undefined && values.given('anonymous-auth'))
    throw new ConfigurationError('bad-flag', '--anonymous-auth flag cannot be set when anonymous field is configured');
  const header = requestHeaderOf(values, files);
  return {
    anonymousAuth: file.anonymous?.enabled ?? values.bool('anonymous-auth'),
    ...(file.anonymous?.paths === undefined ? {} : { anonymousPaths: file.anonymous.paths }),
    ...(files.text('token-auth-file') === undefined ? {} : { tokenFile: () => files.text('token-auth-file') ?? '' }),
    ...(header === undefined ? {} : { requestHeader: header }),
    ...(files.text('client-ca-file') === undefined
      ? {}
      : { clientCertificateAuthority: () => files.text('client-ca-file') ?? '' }),
    ...webhookOf(values, 'authentication-token-webhook-config-file', 'tokenWebhook'),
    ...webhookOf(values, 'authorization-webhook-config-file', 'authorizationWebhook'),
    authorizationWebhookOptions: {
      version: versionOf(values, 'authorization-webhook-version'),
      allowedMs: values.number('authorization-webhook-cache-authorized-ttl'),
      refusedMs: values.number('authorization-webhook-cache-unauthorized-ttl'),
    },
    tokenWebhookVersion: versionOf(values, 'authentication-token-webhook-version'),
    bootstrapTokens: values.bool('enable-bootstrap-token-auth'),
    oidcProviders: [...file.providers, ...oidcFlags(values, files)],
  };
}

function versionOf(values: FlagValues, flag: string): 'v1' | 'v1beta1' {
  const version = values.string(flag);
  if (version === 'v1' || version === 'v1beta1') return version;
  throw new ConfigurationError('bad-flag', `--${flag}=${version}: use v1 or v1beta1`);
}

function webhookOf(
  values: FlagValues,
  flag: string,
  option: 'tokenWebhook' | 'authorizationWebhook',
): Pick<ApiServerOptions, 'tokenWebhook' | 'authorizationWebhook'> {
  const path = values.string(flag);
  return path === '' ? {} : { [option]: createHttpTransport(loadKubeconfig(path)) };
}

function requestHeaderOf(values: FlagValues, files: FlagFiles): RequestHeaderConfiguration | undefined {
  if (files.text('requestheader-client-ca-file') === undefined) return undefined;
  const lower = (flag: string) => values.strings(flag).map((name) => name.toLowerCase());
  return {
    authority: () => files.text('requestheader-client-ca-file') ?? '',
    allowedNames: values.strings('requestheader-allowed-names'),
    usernameHeaders: lower('requestheader-username-headers'),
    uidHeaders: lower('requestheader-uid-headers'),
    groupHeaders: lower('requestheader-group-headers'),
    extraPrefixes: lower('requestheader-extra-headers-prefix'),
  };
}

function oidcFlags(values: FlagValues, files: FlagFiles): NonNullable<ApiServerOptions['oidcProviders']> {
  const issuer = values.string('oidc-issuer-url');
  const clientId = values.string('oidc-client-id');
  if ((issuer === '') !== (clientId === ''))
    throw new ConfigurationError('bad-flag', 'oidc-issuer-url and oidc-client-id must be specified together');
  if (issuer === '') return [];
  if (!issuer.startsWith('https://'))
    throw new ConfigurationError('bad-flag', `--oidc-issuer-url=${issuer} must begin with https://`);
  const claim = values.string('oidc-username-claim');
  const groups = values.string('oidc-groups-claim');
  const authority = files.text('oidc-ca-file');
  return [
    {
      issuer,
      audiences: [clientId],
      algorithms: values.strings('oidc-signing-algs'),
      username: { claim, prefix: usernamePrefix(values.string('oidc-username-prefix'), claim, issuer) },
      ...(groups === '' ? {} : { groups: { claim: groups, prefix: values.string('oidc-groups-prefix') } }),
      requiredClaims: Object.fromEntries(values.map('oidc-required-claim')),
      ...(authority === undefined ? {} : { certificateAuthority: authority }),
    },
  ];
}

/** `-` is no prefix; without one, names that are no e-mail addresses get that of their issuer. */
function usernamePrefix(prefix: string, claim: string, issuer: string): string {
  if (prefix === '-') return '';
  if (prefix !== '') return prefix;
  return claim === 'email' ? '' : `${issuer}#`;
}

/** What servers that extend the API are told. */
export function publishedAuthentication(
  values: FlagValues,
  files: FlagFiles,
): Pick<ServerConfig, 'clientCertificateAuthority' | 'requestHeader'> {
  const clients = files.text('client-ca-file');
  const authority = files.text('requestheader-client-ca-file');
  return {
    ...(clients === undefined ? {} : { clientCertificateAuthority: clients }),
    ...(authority === undefined
      ? {}
      : {
          requestHeader: {
            authority,
            allowedNames: values.strings('requestheader-allowed-names'),
            usernameHeaders: values.strings('requestheader-username-headers'),
            uidHeaders: values.strings('requestheader-uid-headers'),
            groupHeaders: values.strings('requestheader-group-headers'),
            extraPrefixes: values.strings('requestheader-extra-headers-prefix'),
          },
        }),
  };
}
