import { X509Certificate } from 'node:crypto';
import { ConfigurationError } from '../configuration-error.ts';

/** Longer chains are not followed. */
const CHAIN_LENGTH_MAX = 8;
const PEM_BLOCK = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** Authorities that certificates may chain to. */
export interface Authorities {
  /** Whether the first certificate (DER) chains to one of the authorities, by the others where needed, all of them current. */
  vouchesFor(chain: readonly Uint8Array[], nowMs: number): boolean;
}

/** Reads a bundle of PEM certificates. Throws ConfigurationError. */
export function authoritiesOf(pem: string, flag: string): Authorities {
  const roots = (pem.match(PEM_BLOCK) ?? []).map((block) => parsed(block, flag));
  if (roots.length === 0)
    throw new ConfigurationError('bad-flag', `--${flag}: no certificate found; give a PEM file with authorities`);
  return {
    vouchesFor(chain, nowMs) {
      const [first, ...others] = chain.map((der) => new X509Certificate(der));
      return first !== undefined && chainsTo(first, others, roots, nowMs, CHAIN_LENGTH_MAX);
    },
  };
}

/** The authorities of the newest bundle that `pem` gives; read again only when it has changed. */
export function newestAuthorities(pem: () => string, flag: string): Authorities {
  let known = pem();
  let authorities = authoritiesOf(known, flag);
  return {
    vouchesFor(chain, nowMs) {
      const now = pem();
      if (now !== known) {
        known = now;
        authorities = authoritiesOf(now, flag);
      }
      return authorities.vouchesFor(chain, nowMs);
    },
  };
}

function parsed(block: string, flag: string): X509Certificate {
  try {
    return new X509Certificate(block);
  } catch (error) {
    throw new ConfigurationError('bad-flag', `--${flag}: a certificate cannot be read: ${String(error)}`);
  }
}

function chainsTo(
  certificate: X509Certificate,
  others: readonly X509Certificate[],
  roots: readonly X509Certificate[],
  nowMs: number,
  left: number,
): boolean {
  if (left === 0 || !isCurrent(certificate, nowMs)) return false;
  if (roots.some((root) => isIssuedBy(certificate, root) && isCurrent(root, nowMs))) return true;
  return others.some(
    (next) =>
      next.ca &&
      next.fingerprint256 !== certificate.fingerprint256 &&
      isIssuedBy(certificate, next) &&
      chainsTo(next, others, roots, nowMs, left - 1),
  );
}

function isCurrent(certificate: X509Certificate, nowMs: number): boolean {
  return nowMs >= Date.parse(certificate.validFrom) && nowMs <= Date.parse(certificate.validTo);
}

function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}
