/**
 * JSON Web Tokens (RFC 7519) in the compact form, signed with RSA or ECDSA, as far as service account tokens need them.
 */
import { sign, verify } from 'node:crypto';
import type { SigningKey, TokenAlgorithm, VerificationKey } from './signing-keys.ts';

const TOKEN_BYTES_MAX = 64 * 1024; // No header holds more.
const HASHES: Readonly<Record<TokenAlgorithm, string>> = {
  RS256: 'sha256',
  ES256: 'sha256',
  ES384: 'sha384',
  ES512: 'sha512',
};

export type Claims = Readonly<Record<string, unknown>>;

export function signToken(claims: Claims, key: SigningKey): string {
  const head = encode({ alg: key.algorithm, kid: key.id });
  const signed = `${head}.${encode(claims)}`;
  const signature = sign(HASHES[key.algorithm], Buffer.from(signed), { key: key.key, dsaEncoding: 'ieee-p1363' });
  return `${signed}.${signature.toString('base64url')}`;
}

/** The claims as they stand, unverified; undefined when the text is no token. */
export function readClaims(token: string): Claims | undefined {
  if (token.length > TOKEN_BYTES_MAX) return undefined;
  const parts = token.split('.');
  return parts.length === 3 ? decode(parts[1]!) : undefined;
}

/** True when one of the keys made the signature. */
export function isSignedBy(token: string, keys: readonly VerificationKey[]): boolean {
  const [head = '', payload = '', signature = ''] = token.split('.');
  const header = decode(head);
  if (header === undefined) return false;
  const { kid, alg } = header;
  return keys.some(({ id, algorithm, key }) => {
    if (alg !== algorithm || (kid !== undefined && kid !== '' && kid !== id)) return false;
    return verify(
      HASHES[algorithm],
      Buffer.from(`${head}.${payload}`),
      { key, dsaEncoding: 'ieee-p1363' },
      Buffer.from(signature, 'base64url'),
    );
  });
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
function decode(part: string): Claims | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString());
    return typeof value === 'object' && value !== null ? (value as Claims) : undefined;
  } catch {
    return undefined;
  }
}
