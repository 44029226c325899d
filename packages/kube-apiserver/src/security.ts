import { generateKeyPairSync } from 'node:crypto';
import { fetchJson } from './adapters/fetch-json.ts';
import { bootstrapTokenAuthenticator } from './authentication/bootstrap-token.ts';
import { newestAuthorities } from './authentication/certificate-chain.ts';
import { clientCertificateAuthenticator } from './authentication/client-certificate.ts';
import type { Authenticator } from './authentication/contract.ts';
import { oidcAuthenticator } from './authentication/oidc.ts';
import { type RequestHeaderAuthenticator, requestHeaderAuthenticator } from './authentication/request-header.ts';
import { createTokenIssuer, createTokenVerifier, type TokenVerifier } from './authentication/service-account-tokens.ts';
import { signingKey, type VerificationKey, verificationKeys } from './authentication/signing-keys.ts';
import { tokenFileAuthenticator } from './authentication/token-file.ts';
import type { TokenIssuer } from './authentication/token-issuer-contract.ts';
import { tokenWebhookAuthenticator } from './authentication/token-webhook.ts';
import { authorizerChain } from './authorization/chain.ts';
import { RbacAuthorizer } from './authorization/rbac.ts';
import { webhookAuthorizer } from './authorization/webhook.ts';
import { ConfigurationError } from './configuration-error.ts';
import type { ObjectModel } from './object-model.ts';
import type { SyncAuthorizer } from './pipeline/authorize.ts';
import type { ServerConfig } from './server-config.ts';
import type { ApiServerOptions } from './server-options.ts';

const ALWAYS_ALLOWED_PATHS = ['/healthz', '/readyz', '/livez'];
const MODES = new Set(['Node', 'RBAC', 'Webhook', 'AlwaysAllow', 'AlwaysDeny']);

/** Who may come in, and what they may do. */
export interface Security {
  readonly authenticators: readonly Authenticator[];
  readonly verifier: TokenVerifier;
  readonly issuer: TokenIssuer;
  readonly keys: readonly VerificationKey[];
  readonly authorizer: SyncAuthorizer;
  readonly rbac: RbacAuthorizer;
  /** Believes proxies in front of the server; absent when there are none. */
  readonly requestHeader?: RequestHeaderAuthenticator;
  /** Whether a chain of certificates is a client's, where other certificates are accepted too. */
  readonly isClient?: (chain: readonly Uint8Array[], nowMs: number) => boolean;
}

export function createSecurity(options: ApiServerOptions, config: ServerConfig, model: ObjectModel): Security {
  const { clock, random } = options.effects;
  const signer = signingKey(options.serviceAccountSigningKey ?? freshKey());
  const keys = [signer.verification, ...(options.serviceAccountKeys ?? []).flatMap(verificationKeys)];
  const issuer = createTokenIssuer({
    issuer: config.serviceAccountIssuer,
    audiences: config.apiAudiences,
    key: signer,
    clock,
    random,
  });
  const verifier = createTokenVerifier({
    issuers: [config.serviceAccountIssuer, ...config.otherServiceAccountIssuers],
    audiences: config.apiAudiences,
    keys,
    clock,
    lookup: model.lookup,
  });
  const rbac = new RbacAuthorizer({
    roles: cacheOf(model, 'rbac.authorization.k8s.io/v1/roles'),
    roleBindings: cacheOf(model, 'rbac.authorization.k8s.io/v1/rolebindings'),
    clusterRoles: cacheOf(model, 'rbac.authorization.k8s.io/v1/clusterroles'),
    clusterRoleBindings: cacheOf(model, 'rbac.authorization.k8s.io/v1/clusterrolebindings'),
  });
  const modes = options.authorizationModes ?? ['Node', 'RBAC'];
  for (const mode of modes)
    if (!MODES.has(mode))
      throw new ConfigurationError(
        'bad-flag',
        `authorization mode ${JSON.stringify(mode)} is not known; use ${[...MODES].join(', ')}`,
      );
  const { authorizationWebhook } = options;
  if (modes.includes('Webhook') !== (authorizationWebhook !== undefined))
    throw new ConfigurationError(
      'bad-flag',
      'the authorization mode Webhook and --authorization-webhook-config-file belong together; give both or none',
    );
  const authorizer = authorizerChain({
    modes,
    ...(authorizationWebhook === undefined
      ? {}
      : { webhook: webhookAuthorizer(authorizationWebhook, clock, options.authorizationWebhookOptions) }),
    rbac,
    nodeCaches: {
      pods: cacheOf(model, '/v1/pods'),
      persistentVolumes: model.resources.get('/v1/persistentvolumes')?.stored?.cache,
      volumeAttachments: model.resources.get('storage.k8s.io/v1/volumeattachments')?.stored?.cache,
      resourceSlices: model.resources.get('resource.k8s.io/v1/resourceslices')?.stored?.cache,
    },
    alwaysAllowPaths: ALWAYS_ALLOWED_PATHS,
    ...(options.authorizers === undefined ? {} : { extra: options.authorizers }),
  });
  const authenticators = authenticatorsOf(options, config, model, verifier);
  return { authenticators, verifier, issuer, keys, authorizer, rbac, ...proxySecurity(options) };
}

/** In upstream's order. */
function authenticatorsOf(
  options: ApiServerOptions,
  { apiAudiences }: ServerConfig,
  { lookup }: ObjectModel,
  verifier: TokenVerifier,
): readonly Authenticator[] {
  const { tokenFile, bootstrapTokens, oidcProviders = [] } = options;
  const { clock } = options.effects;
  const text = typeof tokenFile === 'function' ? tokenFile : () => tokenFile ?? '';
  return [
    clientCertificateAuthenticator,
    ...(tokenFile === undefined ? [] : [tokenFileAuthenticator(text)]),
    verifier,
    ...(bootstrapTokens === true ? [bootstrapTokenAuthenticator({ clock, lookup })] : []),
    ...oidcProviders.map(({ certificateAuthority, ...provider }) =>
      oidcAuthenticator({
        ...provider,
        clock,
        fetchJson: (url, signal) => fetchJson(url, signal, certificateAuthority),
      }),
    ),
    ...(options.tokenWebhook === undefined
      ? []
      : [tokenWebhookAuthenticator(options.tokenWebhook, apiAudiences, options.tokenWebhookVersion)]),
    ...(options.authenticators ?? []),
  ];
}

function proxySecurity({
  requestHeader,
  clientCertificateAuthority,
}: ApiServerOptions): Pick<Security, 'requestHeader' | 'isClient'> {
  if (requestHeader === undefined) return {};
  const { authority, ...headers } = requestHeader;
  const clients = clientCertificateAuthority;
  return {
    requestHeader: requestHeaderAuthenticator({
      ...headers,
      authorities: newestAuthorities(authority, 'requestheader-client-ca-file'),
    }),
    // Without authorities of its own, no certificate makes anybody a client.
    isClient: clients === undefined ? () => false : newestAuthorities(clients, 'client-ca-file').vouchesFor,
  };
}

function freshKey(): string {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString();
}

function cacheOf(model: ObjectModel, resource: string) {
  const cache = model.resources.get(resource)?.stored?.cache;
  if (cache === undefined)
    throw new ConfigurationError('bad-flag', `${resource} cannot be turned off in --runtime-config`);
  return cache;
}
