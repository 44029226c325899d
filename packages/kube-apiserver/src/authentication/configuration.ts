/**
 * `--authentication-config`: providers of ID tokens and what anonymous requests may ask
 * (apiserver.config.k8s.io AuthenticationConfiguration, KEP-3331 and KEP-4633).
 */
import { parseYamlDocuments } from '@steersman/api';
import { ConfigurationError } from '../configuration-error.ts';
import type { ClaimMapping, OidcOptions } from './oidc.ts';

/** Algorithms that v1.36 accepts from providers that a configuration file names. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512', 'PS256', 'PS384', 'PS512'];

export type ProviderOptions = Omit<OidcOptions, 'clock' | 'fetchJson'> & { readonly certificateAuthority?: string };

export interface AnonymousOptions {
  readonly enabled: boolean;
  /** The only paths that anonymous requests reach; all when absent. */
  readonly paths?: readonly string[];
}

export interface AuthenticationConfiguration {
  readonly providers: readonly ProviderOptions[];
  readonly anonymous?: AnonymousOptions;
}

type Fields = Readonly<Record<string, unknown>>;

/** Reads the file. Throws ConfigurationError for what it does not understand: half a configuration would let people in. */
export function authenticationConfiguration(text: string): AuthenticationConfiguration {
  const document = objectOf(documentOf(text), 'the file');
  if (document['kind'] !== 'AuthenticationConfiguration')
    throw refused('kind must be AuthenticationConfiguration of apiserver.config.k8s.io/v1');
  const anonymous = document['anonymous'];
  return {
    providers: listOf(document['jwt'], 'jwt').map(providerOf),
    ...(anonymous === undefined ? {} : { anonymous: anonymousOf(objectOf(anonymous, 'anonymous')) }),
  };
}

function documentOf(text: string): unknown {
  try {
    return parseYamlDocuments(text)[0];
  } catch (error) {
    throw refused(error instanceof Error ? error.message : String(error));
  }
}

function providerOf(entry: unknown): ProviderOptions {
  const jwt = objectOf(entry, 'jwt');
  const issuer = objectOf(jwt['issuer'], 'jwt.issuer');
  const mappings = objectOf(jwt['claimMappings'], 'jwt.claimMappings');
  if (jwt['userValidationRules'] !== undefined || mappings['extra'] !== undefined)
    throw refused('userValidationRules and claimMappings.extra need expressions, which this server does not evaluate');
  const username = mappingOf(mappings['username'], 'jwt.claimMappings.username');
  if (username === undefined) throw refused('jwt.claimMappings.username.claim is required');
  const groups = mappingOf(mappings['groups'], 'jwt.claimMappings.groups');
  const uid = mappingOf(mappings['uid'], 'jwt.claimMappings.uid')?.claim;
  const authority = issuer['certificateAuthority'];
  const discoveryUrl = issuer['discoveryURL'];
  return {
    issuer: textOf(issuer['url'], 'jwt.issuer.url'),
    audiences: listOf(issuer['audiences'], 'jwt.issuer.audiences').map(String),
    algorithms: ALGORITHMS,
    username,
    requiredClaims: requiredClaimsOf(jwt['claimValidationRules']),
    ...(groups === undefined ? {} : { groups }),
    ...(uid === undefined ? {} : { uid }),
    ...(typeof authority === 'string' ? { certificateAuthority: authority } : {}),
    ...(typeof discoveryUrl === 'string' ? { discoveryUrl } : {}),
  };
}

function mappingOf(value: unknown, where: string): ClaimMapping | undefined {
  if (value === undefined) return undefined;
  const { claim, prefix, expression } = objectOf(value, where);
  if (expression !== undefined) throw refused(`${where}.expression: expressions are not evaluated here; name a claim`);
  return typeof claim === 'string' && claim !== ''
    ? { claim, prefix: typeof prefix === 'string' ? prefix : '' }
    : undefined;
}

function requiredClaimsOf(value: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries(
    listOf(value, 'jwt.claimValidationRules').map((entry) => {
      const { claim, requiredValue } = objectOf(entry, 'jwt.claimValidationRules');
      if (typeof claim !== 'string')
        throw refused('jwt.claimValidationRules: expressions are not evaluated here; name a claim');
      return [claim, String(requiredValue ?? '')];
    }),
  );
}

function anonymousOf({ enabled, conditions }: Fields): AnonymousOptions {
  const paths = listOf(conditions, 'anonymous.conditions').map((entry) =>
    textOf(objectOf(entry, 'anonymous.conditions')['path'], 'anonymous.conditions.path'),
  );
  return { enabled: enabled === true, ...(paths.length === 0 ? {} : { paths }) };
}

function objectOf(value: unknown, where: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refused(`${where} must be an object`);
  return value as Fields;
}

function listOf(value: unknown, where: string): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw refused(`${where} must be a list`);
  return value;
}

function textOf(value: unknown, where: string): string {
  if (typeof value !== 'string' || value === '') throw refused(`${where} is required`);
  return value;
}

function refused(why: string): ConfigurationError {
  return new ConfigurationError('bad-flag', `--authentication-config: ${why}`);
}
