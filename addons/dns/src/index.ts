export { command } from './command.ts';
export { type DnsManifestOptions, dnsManifests } from './manifests.ts';
export { type DnsOptions, startDns } from './start.ts';
