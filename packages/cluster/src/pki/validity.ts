/** Whether a certificate that is there still does; decided with node:crypto, which needs no library to be loaded. */
import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import type { CertificateSpec } from './plan.ts';

const DAY_MS = 86_400_000;
/** As kubeadm: authorities live ten years, what they sign one year. */
export const AUTHORITY_LIFE_MS = 3650 * DAY_MS;
export const CERTIFICATE_LIFE_MS = 365 * DAY_MS;
/** A certificate is replaced this long before its end, so that a cluster started monthly never meets an expired one. */
export const RENEW_BEFORE_MS = 60 * DAY_MS;

/** Whether `pem` can go on serving as `spec`: signed by the authority, far from its end, naming every host. */
export function stillServes(pem: string, spec: CertificateSpec, authorityPem: string, nowMs: number): boolean {
  const certificate = parse(pem);
  const authority = parse(authorityPem);
  if (certificate === undefined || authority === undefined) return false;
  if (!certificate.verify(authority.publicKey)) return false;
  if (certificate.validToDate.getTime() - nowMs < RENEW_BEFORE_MS) return false;
  if (!certificate.subject.split('\n').includes(`CN=${spec.commonName}`)) return false;
  return spec.hosts.every((host) => names(certificate, host));
}

/** Whether an authority can go on signing: it must outlive what it signs. */
export function authorityServes(pem: string, nowMs: number): boolean {
  const certificate = parse(pem);
  return certificate?.ca === true && certificate.validToDate.getTime() - nowMs > CERTIFICATE_LIFE_MS;
}

function names(certificate: X509Certificate, host: string): boolean {
  if (isIP(host) !== 0) return certificate.checkIP(host) !== undefined;
  return certificate.checkHost(host, { subject: 'never' }) !== undefined;
}

function parse(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}
