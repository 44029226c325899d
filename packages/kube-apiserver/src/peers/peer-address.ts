import type { ServerConfig } from '../server-config.ts';

/** `host:port`, with brackets around an IPv6 address. */
export function peerAddress(ip: string, port: number | string): string {
  return ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`;
}

/** Where other API servers reach the one that is set up so. */
export function peerAddressOf(config: ServerConfig): string {
  return config.peerAddress ?? peerAddress(config.advertiseAddress, config.securePort);
}
