import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Peer, PeerCertificate } from '../http-contract.ts';

const peers = new WeakMap<Socket, Peer>();

/** The one Peer of a connection; reading a certificate is slow, so it happens once. */
export function peerOf(socket: Socket): Peer {
  const known = peers.get(socket);
  if (known !== undefined) return known;
  // Asked by value: the socket of an HTTP/2 session is a proxy that answers `in` for the session instead.
  const tls = typeof (socket as TLSSocket).getPeerCertificate === 'function' ? (socket as TLSSocket) : undefined;
  const certificate = tls === undefined ? undefined : certificateOf(tls);
  const peer: Peer = {
    remoteAddress: socket.remoteAddress ?? '',
    scheme: tls === undefined ? 'http' : 'https',
    ...(certificate === undefined ? {} : { certificate }),
  };
  peers.set(socket, peer);
  return peer;
}

function certificateOf(socket: TLSSocket): PeerCertificate | undefined {
  const certificate = socket.getPeerCertificate();
  if (certificate?.fingerprint256 === undefined) return undefined;
  const subject = certificate.subject as unknown as Record<string, string | string[] | undefined> | undefined;
  const listOf = (value: string | string[] | undefined) =>
    value === undefined ? [] : Array.isArray(value) ? value : [value];
  return {
    verified: socket.authorized,
    commonName: listOf(subject?.['CN']).at(-1) ?? '',
    organizations: listOf(subject?.['O']),
    fingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
    notAfter: Date.parse(certificate.valid_to),
    chain: () => chainOf(socket),
  };
}

/** What the client sent, its own certificate first. */
function chainOf(socket: TLSSocket): readonly Uint8Array[] {
  const chain: Uint8Array[] = [];
  let certificate = socket.getPeerCertificate(true) as ReturnType<TLSSocket['getPeerCertificate']> & {
    readonly issuerCertificate?: ReturnType<TLSSocket['getPeerCertificate']>;
  };
  const seen = new Set<string>();
  while (certificate?.raw !== undefined && !seen.has(certificate.fingerprint256)) {
    seen.add(certificate.fingerprint256);
    chain.push(certificate.raw);
    certificate = certificate.issuerCertificate as typeof certificate;
  }
  return chain;
}
