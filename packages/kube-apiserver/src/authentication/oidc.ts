/**
 * ID tokens of OpenID Connect providers (OpenID Connect Core 1.0, section 3.1.3.7; KEP-3331).
 */
import { errors } from '@steersman/api';
import type { Clock } from '@steersman/machinery';
import type { JSONWebKeySet, JWTPayload, JWTVerifyGetKey } from 'jose';
import type { Authenticator, UserInfo } from './contract.ts';
import { readClaims } from './jwt.ts';

/** How often the keys of a provider are asked for at most, when a token names one that is not known. */
const KEYS_AGE_MS_MIN = 10_000;
/** After this the keys are asked for again in any case. */
const KEYS_AGE_MS_MAX = 10 * 60_000;

/** Which claim becomes what. `prefix` goes in front of the value. */
export interface ClaimMapping {
  readonly claim: string;
  readonly prefix: string;
}

export interface OidcOptions {
  readonly issuer: string;
  /** Where the provider describes itself; `<issuer>/.well-known/openid-configuration` when absent. */
  readonly discoveryUrl?: string;
  /** One of them must be in the token. */
  readonly audiences: readonly string[];
  readonly algorithms: readonly string[];
  readonly username: ClaimMapping;
  readonly groups?: ClaimMapping;
  readonly uid?: string;
  readonly requiredClaims: Readonly<Record<string, string>>;
  readonly clock: Clock;
  /** Fetches a JSON document, trusting the authority that the provider is configured with. */
  readonly fetchJson: (url: string, signal: AbortSignal) => Promise<unknown>;
}

/** Accepts the ID tokens of one provider; leaves tokens of other issuers to others. */
export function oidcAuthenticator(options: OidcOptions): Authenticator {
  const keys = new ProviderKeys(options);
  return {
    name: 'oidc',
    async authenticate({ bearerToken }, signal) {
      if (bearerToken === undefined || readClaims(bearerToken)?.['iss'] !== options.issuer) return undefined;
      const { jwtVerify } = await import('jose');
      const verify = async (key: JWTVerifyGetKey) =>
        jwtVerify(bearerToken, key, {
          issuer: options.issuer,
          audience: [...options.audiences],
          algorithms: [...options.algorithms],
          currentDate: new Date(options.clock.now()),
        });
      try {
        const { payload } = await verify(await keys.current(signal)).catch(async (error: unknown) => {
          if ((error as { code?: string }).code !== 'ERR_JWKS_NO_MATCHING_KEY') throw error;
          return verify(await keys.refreshed(signal));
        });
        return userOf(payload, options);
      } catch {
        throw errors.unauthorized();
      }
    },
  };
}

function userOf(claims: JWTPayload, { username, groups, uid, requiredClaims }: OidcOptions): UserInfo {
  for (const [claim, value] of Object.entries(requiredClaims)) if (claims[claim] !== value) throw errors.unauthorized();
  const name = claims[username.claim];
  if (typeof name !== 'string' || name === '') throw errors.unauthorized();
  if (username.claim === 'email' && claims['email_verified'] !== undefined && claims['email_verified'] !== true)
    throw errors.unauthorized();
  const id = uid === undefined ? undefined : claims[uid];
  return {
    name: `${username.prefix}${name}`,
    groups: groups === undefined ? [] : listOf(claims[groups.claim]).map((group) => `${groups.prefix}${group}`),
    ...(typeof id === 'string' && id !== '' ? { uid: id } : {}),
    ...(typeof claims.jti === 'string'
      ? { extra: { 'authentication.kubernetes.io/credential-id': [`JTI=${claims.jti}`] } }
      : {}),
  };
}

function listOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}

/** The signing keys of a provider, found by discovery when the first token comes. */
class ProviderKeys {
  readonly #options: OidcOptions;
  #known: { readonly keys: Promise<JWTVerifyGetKey>; readonly since: number } | undefined;

  constructor(options: OidcOptions) {
    this.#options = options;
  }

  current(signal: AbortSignal): Promise<JWTVerifyGetKey> {
    return this.#youngerThan(KEYS_AGE_MS_MAX, signal);
  }
  refreshed(signal: AbortSignal): Promise<JWTVerifyGetKey> {
    return this.#youngerThan(KEYS_AGE_MS_MIN, signal);
  }

  #youngerThan(ageMs: number, signal: AbortSignal): Promise<JWTVerifyGetKey> {
    const now = this.#options.clock.monotonic();
    if (this.#known !== undefined && now - this.#known.since < ageMs) return this.#known.keys;
    const keys = this.#fetch(signal);
    const made = { keys, since: now };
    this.#known = made;
    keys.catch(() => {
      if (this.#known === made) this.#known = undefined;
    });
    return keys;
  }

  async #fetch(signal: AbortSignal): Promise<JWTVerifyGetKey> {
    const { issuer, fetchJson } = this.#options;
    const url = this.#options.discoveryUrl ?? `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
    const provider = (await fetchJson(url, signal)) as { readonly issuer?: string; readonly jwks_uri?: string };
    if (provider.issuer !== issuer || provider.jwks_uri === undefined) throw errors.unauthorized();
    const { createLocalJWKSet } = await import('jose');
    return createLocalJWKSet((await fetchJson(provider.jwks_uri, signal)) as JSONWebKeySet);
  }
}
