import { generateKeyPairSync } from 'node:crypto';
import { clientCertificateAuthenticator } from './authentication/client-certificate.ts';
import type { Authenticator } from './authentication/contract.ts';
import { createTokenIssuer, createTokenVerifier, type TokenVerifier } from './authentication/service-account-tokens.ts';
import { signingKey, type VerificationKey, verificationKeys } from './authentication/signing-keys.ts';
import { tokenFileAuthenticator } from './authentication/token-file.ts';
import type { TokenIssuer } from './authentication/token-issuer-contract.ts';
import { authorizerChain } from './authorization/chain.ts';
import { RbacAuthorizer } from './authorization/rbac.ts';
import { ConfigurationError } from './configuration-error.ts';
import type { ObjectModel } from './object-model.ts';
import type { SyncAuthorizer } from './pipeline/authorize.ts';
import type { ServerConfig } from './server-config.ts';
import type { ApiServerOptions } from './server-options.ts';

const ALWAYS_ALLOWED_PATHS = ['/healthz', '/readyz', '/livez'];
const MODES = new Set(['Node', 'RBAC', 'AlwaysAllow', 'AlwaysDeny']);

/** Who may come in, and what they may do. */
export interface Security {
  readonly authenticators: readonly Authenticator[];
  readonly verifier: TokenVerifier;
  readonly issuer: TokenIssuer;
  readonly keys: readonly VerificationKey[];
  readonly authorizer: SyncAuthorizer;
  readonly rbac: RbacAuthorizer;
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
    issuers: [config.serviceAccountIssuer],
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
  const authorizer = authorizerChain({
    modes,
    rbac,
    pods: cacheOf(model, '/v1/pods'),
    alwaysAllowPaths: ALWAYS_ALLOWED_PATHS,
    ...(options.authorizers === undefined ? {} : { extra: options.authorizers }),
  });
  const authenticators = [
    clientCertificateAuthenticator,
    ...(options.tokenFile === undefined ? [] : [tokenFileAuthenticator(options.tokenFile)]),
    verifier,
    ...(options.authenticators ?? []),
  ];
  return { authenticators, verifier, issuer, keys, authorizer, rbac };
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
