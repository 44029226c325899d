import { createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { ConfigurationError } from '../configuration-error.ts';

export type TokenAlgorithm = 'RS256' | 'ES256' | 'ES384' | 'ES512';

export interface VerificationKey {
  readonly id: string;
  readonly algorithm: TokenAlgorithm;
  readonly key: KeyObject;
}
export interface SigningKey extends VerificationKey {
  readonly verification: VerificationKey;
}

const CURVES: Readonly<Record<string, TokenAlgorithm>> = {
  prime256v1: 'ES256',
  secp384r1: 'ES384',
  secp521r1: 'ES512',
};

/** Reads a PEM private key (RSA or ECDSA). Throws ConfigurationError. */
export function signingKey(pem: string | Uint8Array): SigningKey {
  try {
    const key = createPrivateKey(Buffer.from(pem));
    const verification = keyOf(createPublicKey(key));
    return { ...verification, key, verification };
  } catch (error) {
    throw unreadable(error);
  }
}

/** Reads every public (or private) key of a PEM text. Throws ConfigurationError. */
export function verificationKeys(pem: string | Uint8Array): readonly VerificationKey[] {
  const blocks =
    Buffer.from(pem)
      .toString()
      .match(/-----BEGIN [^-]+-----[\s\S]+?-----END [^-]+-----/g) ?? [];
  if (blocks.length === 0) throw unreadable('no PEM block found');
  try {
    return blocks.filter((block) => !block.includes('EC PARAMETERS')).map((block) => keyOf(createPublicKey(block)));
  } catch (error) {
    throw unreadable(error);
  }
}

function unreadable(error: unknown): ConfigurationError {
  const reason = error instanceof ConfigurationError || error instanceof Error ? error.message : String(error);
  return new ConfigurationError(
    'bad-key',
    `the service account key cannot be read: ${reason}; give a PEM file with an RSA or ECDSA key`,
  );
}

function keyOf(key: KeyObject): VerificationKey {
  const type = key.asymmetricKeyType;
  const algorithm =
    type === 'rsa' ? 'RS256' : type === 'ec' ? CURVES[key.asymmetricKeyDetails?.namedCurve ?? ''] : undefined;
  if (algorithm === undefined) throw new ConfigurationError('bad-key', `key type ${type} is not supported`);
  const der = key.export({ type: 'spki', format: 'der' });
  return { id: createHash('sha256').update(der).digest('base64url'), algorithm, key };
}

/** The key set that /openid/v1/jwks serves (RFC 7517): each key once, though it may be given as public and as private. */
export function jwksOf(keys: readonly VerificationKey[]): object {
  const distinct = new Map(keys.map((key) => [key.id, key]));
  return {
    keys: [...distinct.values()].map(({ id, algorithm, key }) => ({
      use: 'sig',
      kid: id,
      alg: algorithm,
      ...key.export({ format: 'jwk' }),
    })),
  };
}
