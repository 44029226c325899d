/**
 * Service account tokens: bound ones with audiences and expiry (KEP-1205), and the legacy ones kept in Secrets.
 */
import { errors, type KubeObject } from '@steersman/api';
import type { Clock, Random } from '@steersman/machinery';
import type { AuthenticatedToken } from '../registry/subresource-contract.ts';
import type { Authenticator, UserInfo } from './contract.ts';
import { type Claims, isSignedBy, readClaims, signToken } from './jwt.ts';
import type { SigningKey, VerificationKey } from './signing-keys.ts';
import type { TokenIssuer } from './token-issuer-contract.ts';

export const LEGACY_ISSUER = 'kubernetes/serviceaccount';
/** A token lives this long after the object it is bound to has begun to be deleted, as upstream. */
const BOUND_OBJECT_LEEWAY_MS = 60_000;

export interface TokenIssuerOptions {
  readonly issuer: string;
  readonly audiences: readonly string[];
  readonly key: SigningKey;
  readonly clock: Clock;
  readonly random: Random;
}

export function createTokenIssuer(options: TokenIssuerOptions): TokenIssuer {
  return {
    issue: async ({ namespace, name, uid, audiences, expirationSeconds, warnAfterSeconds, boundObject, node }) => {
      const now = Math.floor(options.clock.now() / 1000);
      const id = options.random.uuid();
      const expiresAt = now + expirationSeconds;
      const claims = {
        aud: audiences.length === 0 ? options.audiences : audiences,
        exp: expiresAt,
        iat: now,
        iss: options.issuer,
        jti: id,
        'kubernetes.io': {
          namespace,
          ...(node === undefined ? {} : { node }),
          ...(boundObject === undefined
            ? {}
            : { [boundObject.kind.toLowerCase()]: { name: boundObject.name, uid: boundObject.uid } }),
          serviceaccount: { name, uid },
          ...(warnAfterSeconds === undefined ? {} : { warnafter: now + warnAfterSeconds }),
        },
        nbf: now,
        sub: `system:serviceaccount:${namespace}:${name}`,
      };
      return { token: signToken(claims, options.key), expiresAt: expiresAt * 1000, id };
    },
    issueForSecret: async ({ namespace, name, uid, secretName }) =>
      signToken(
        {
          iss: LEGACY_ISSUER,
          'kubernetes.io/serviceaccount/namespace': namespace,
          'kubernetes.io/serviceaccount/secret.name': secretName,
          'kubernetes.io/serviceaccount/service-account.name': name,
          'kubernetes.io/serviceaccount/service-account.uid': uid,
          sub: `system:serviceaccount:${namespace}:${name}`,
        },
        options.key,
      ),
  };
}

export interface TokenVerifierOptions {
  readonly issuers: readonly string[];
  readonly audiences: readonly string[];
  readonly keys: readonly VerificationKey[];
  readonly clock: Clock;
  /** The stored object, so that tokens die with what they are bound to. */
  readonly lookup: (
    resource: 'serviceaccounts' | 'pods' | 'secrets' | 'nodes',
    namespace: string,
    name: string,
  ) => KubeObject | undefined;
}
export interface TokenVerifier extends Authenticator {
  /** For TokenReview: the audiences of the token that were also asked for. Undefined: not a good token. */
  review(token: string, audiences: readonly string[]): AuthenticatedToken | undefined;
}

/** What any token says, after its signature has been checked. */
interface Identity {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly bound: readonly {
    readonly resource: 'pods' | 'secrets' | 'nodes';
    readonly name: string;
    readonly uid: string;
  }[];
  readonly audiences: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

export function createTokenVerifier(options: TokenVerifierOptions): TokenVerifier {
  const verified = (token: string, audiences: readonly string[]): AuthenticatedToken | undefined => {
    const claims = readClaims(token);
    if (claims === undefined || !isOurs(claims, options.issuers)) return undefined;
    if (!isSignedBy(token, options.keys)) throw errors.unauthorized();
    const identity =
      claims['iss'] === LEGACY_ISSUER ? legacyIdentity(claims, options.audiences) : boundIdentity(claims);
    const wanted = audiences.length === 0 ? options.audiences : audiences;
    const shared = identity.audiences.filter((audience) => wanted.includes(audience));
    if (shared.length === 0 || !isCurrent(claims, options.clock.now()) || !standsFor(identity, options))
      throw errors.unauthorized();
    return { user: userOf(identity), audiences: shared };
  };
  return {
    name: 'service-account',
    authenticate: async ({ bearerToken }) => (bearerToken === undefined ? undefined : verified(bearerToken, [])?.user),
    review: (token, audiences) => {
      try {
        return verified(token, audiences);
      } catch {
        return undefined;
      }
    },
  };
}

function isOurs(claims: Claims, issuers: readonly string[]): boolean {
  return claims['iss'] === LEGACY_ISSUER || issuers.includes(String(claims['iss']));
}

/** Expiry and start, in seconds; legacy tokens have neither. */
function isCurrent(claims: Claims, nowMs: number): boolean {
  const { exp, nbf } = claims;
  if (claims['iss'] !== LEGACY_ISSUER && typeof exp !== 'number') return false;
  return (typeof exp !== 'number' || nowMs < exp * 1000) && (typeof nbf !== 'number' || nowMs >= nbf * 1000 - 1000);
}

function boundIdentity(claims: Claims): Identity {
  const own = (claims['kubernetes.io'] ?? {}) as {
    namespace?: string;
    serviceaccount?: Named;
    pod?: Named;
    secret?: Named;
    node?: Named;
  };
  const audience = claims['aud'];
  const extra: Record<string, readonly string[]> = {};
  if (typeof claims['jti'] === 'string') extra['authentication.kubernetes.io/credential-id'] = [`JTI=${claims['jti']}`];
  if (own.pod?.name !== undefined) {
    extra['authentication.kubernetes.io/pod-name'] = [own.pod.name];
    extra['authentication.kubernetes.io/pod-uid'] = [own.pod.uid ?? ''];
  }
  if (own.node?.name !== undefined) {
    extra['authentication.kubernetes.io/node-name'] = [own.node.name];
    if (own.node.uid !== undefined) extra['authentication.kubernetes.io/node-uid'] = [own.node.uid];
  }
  return {
    namespace: own.namespace ?? '',
    name: own.serviceaccount?.name ?? '',
    uid: own.serviceaccount?.uid ?? '',
    bound: [
      ...(own.pod?.name === undefined
        ? []
        : [{ resource: 'pods' as const, name: own.pod.name, uid: own.pod.uid ?? '' }]),
      ...(own.secret?.name === undefined
        ? []
        : [{ resource: 'secrets' as const, name: own.secret.name, uid: own.secret.uid ?? '' }]),
      // With a pod, the node only tells where the pod runs.
      ...(own.node?.name === undefined || own.pod !== undefined
        ? []
        : [{ resource: 'nodes' as const, name: own.node.name, uid: own.node.uid ?? '' }]),
    ],
    audiences: Array.isArray(audience) ? audience.map(String) : typeof audience === 'string' ? [audience] : [],
    extra,
  };
}
interface Named {
  readonly name?: string;
  readonly uid?: string;
}

function legacyIdentity(claims: Claims, audiences: readonly string[]): Identity {
  const text = (key: string) => String(claims[`kubernetes.io/serviceaccount/${key}`] ?? '');
  return {
    namespace: text('namespace'),
    name: text('service-account.name'),
    uid: text('service-account.uid'),
    bound: [{ resource: 'secrets', name: text('secret.name'), uid: '' }],
    audiences,
    extra: {},
  };
}

/** The account and everything the token is bound to still exist, as the same objects. */
function standsFor({ namespace, name, uid, bound }: Identity, { lookup, clock }: TokenVerifierOptions): boolean {
  const account = lookup('serviceaccounts', namespace, name);
  if (account === undefined || account.metadata.uid !== uid || isGoing(account, clock.now())) return false;
  return bound.every((target) => {
    const object = lookup(target.resource, target.resource === 'nodes' ? '' : namespace, target.name);
    if (object === undefined || isGoing(object, clock.now())) return false;
    return target.uid === '' || object.metadata.uid === target.uid;
  });
}

function isGoing({ metadata }: KubeObject, nowMs: number): boolean {
  const { deletionTimestamp } = metadata;
  return (
    deletionTimestamp !== undefined &&
    deletionTimestamp !== null &&
    nowMs > Date.parse(deletionTimestamp) + BOUND_OBJECT_LEEWAY_MS
  );
}

function userOf({ namespace, name, uid, extra }: Identity): UserInfo {
  return {
    name: `system:serviceaccount:${namespace}:${name}`,
    uid,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`],
    ...(Object.keys(extra).length === 0 ? {} : { extra }),
  };
}
