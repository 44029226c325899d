/**
 * Issues certificates. Keys are ECDSA P-256: every client Kubernetes 1.20 and later takes them, and they are made in a
 * millisecond. The X.509 library is loaded on first use, because most starts issue nothing.
 */
import { webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import type { Random } from '@steersman/machinery';
import type { CertificateSpec } from './plan.ts';
import { AUTHORITY_LIFE_MS, CERTIFICATE_LIFE_MS } from './validity.ts';

/** A certificate and its private key, both PEM; the key is PKCS #8. */
export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}
export interface Issuing {
  readonly nowMs: number;
  readonly random: Random;
}

const KEY = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const SIGNATURE = { name: 'ECDSA', hash: 'SHA-256' } as const;
const CLOCK_SKEW_MS = 300_000; // So that a machine whose clock is minutes behind still accepts a fresh certificate.
const SERIAL_BYTES = 16;

async function x509() {
  await import('reflect-metadata');
  const library = await import('@peculiar/x509');
  library.cryptoProvider.set(webcrypto as Crypto);
  return library;
}

/** A self-signed authority. */
export async function issueAuthority(commonName: string, { nowMs, random }: Issuing): Promise<KeyPair> {
  const x = await x509();
  const keys = await webcrypto.subtle.generateKey(KEY, true, ['sign', 'verify']);
  const certificate = await x.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(random),
    name: [{ CN: [commonName] }],
    notBefore: new Date(nowMs - CLOCK_SKEW_MS),
    notAfter: new Date(nowMs + AUTHORITY_LIFE_MS),
    signingAlgorithm: SIGNATURE,
    keys,
    extensions: [
      new x.BasicConstraintsExtension(true, undefined, true),
      new x.KeyUsagesExtension(
        x.KeyUsageFlags.digitalSignature | x.KeyUsageFlags.keyEncipherment | x.KeyUsageFlags.keyCertSign,
        true,
      ),
      await x.SubjectKeyIdentifierExtension.create(keys.publicKey as CryptoKey),
      new x.SubjectAlternativeNameExtension([{ type: 'dns', value: commonName }]),
    ],
  });
  return { certificate: `${certificate.toString('pem')}\n`, key: await exportKey(keys.privateKey) };
}

/** A certificate for `spec`, signed by `authority`. */
export async function issueCertificate(
  spec: CertificateSpec,
  authority: KeyPair,
  { nowMs, random }: Issuing,
): Promise<KeyPair> {
  const x = await x509();
  const keys = await webcrypto.subtle.generateKey(KEY, true, ['sign', 'verify']);
  const issuer = new x.X509Certificate(authority.certificate);
  const usages = spec.usages.map((usage) => x.ExtendedKeyUsage[usage === 'server' ? 'serverAuth' : 'clientAuth']);
  const hosts = spec.hosts.map((value) => ({ type: isIP(value) === 0 ? ('dns' as const) : ('ip' as const), value }));
  const subject = [
    ...(spec.organizations.length > 0 ? [{ O: [...spec.organizations] }] : []),
    { CN: [spec.commonName] },
  ];
  const certificate = await x.X509CertificateGenerator.create({
    serialNumber: serial(random),
    subject,
    issuer: issuer.subject,
    notBefore: new Date(nowMs - CLOCK_SKEW_MS),
    notAfter: new Date(nowMs + CERTIFICATE_LIFE_MS),
    signingAlgorithm: SIGNATURE,
    publicKey: keys.publicKey as CryptoKey,
    signingKey: await importKey(authority.key),
    extensions: [
      new x.KeyUsagesExtension(x.KeyUsageFlags.digitalSignature | x.KeyUsageFlags.keyEncipherment, true),
      new x.ExtendedKeyUsageExtension(usages),
      new x.BasicConstraintsExtension(false, undefined, true),
      await x.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
      ...(hosts.length > 0 ? [new x.SubjectAlternativeNameExtension(hosts)] : []),
    ],
  });
  return { certificate: `${certificate.toString('pem')}\n`, key: await exportKey(keys.privateKey) };
}

/** The key pair that signs service account tokens: private and public key, PEM. */
export async function issueSigningKey(): Promise<{ readonly key: string; readonly publicKey: string }> {
  const keys = await webcrypto.subtle.generateKey(KEY, true, ['sign', 'verify']);
  const publicKey = pem('PUBLIC KEY', await webcrypto.subtle.exportKey('spki', keys.publicKey));
  return { key: await exportKey(keys.privateKey), publicKey };
}

function serial(random: Random): string {
  const bytes = Buffer.from(random.bytes(SERIAL_BYTES));
  bytes[0] = (bytes[0]! & 0x3f) | 0x40; // Positive and of constant length (RFC 5280, 4.1.2.2).
  return bytes.toString('hex');
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  return pem('PRIVATE KEY', await webcrypto.subtle.exportKey('pkcs8', key));
}

async function importKey(text: string): Promise<CryptoKey> {
  const body = text.replace(/-----[^-]+-----/g, '').replace(/\s/g, '');
  return (await webcrypto.subtle.importKey('pkcs8', Buffer.from(body, 'base64'), KEY, true, ['sign'])) as CryptoKey;
}

function pem(label: string, bytes: ArrayBuffer): string {
  const lines =
    Buffer.from(bytes)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
