/** What another API server says it serves. */
import { errors } from '@steersman/api';
import type { DiscoveredGroup } from '../discovery/documents.ts';
import type { CallPeer } from './adapters/peer-connection.ts';
import { PROXIED_HEADER, SELF, userHeaders } from './proxied-request.ts';

/** What it serves itself, not what its peers do; servers that do not know the word show nothing else anyway. */
const ACCEPT = ['profile=nopeer', '']
  .map((profile) => `application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList;${profile}`)
  .map((type) => type.replace(/;$/, ''))
  .join(',');
/** A document of a server with many custom resources is a few megabytes. */
const DOCUMENT_BYTES_MAX = 64 * 1024 * 1024;

export interface Served {
  /** `group/version/resource`. */
  readonly resources: ReadonlySet<string>;
  /** The core group is not among them: clients ask each server for that. */
  readonly groups: readonly DiscoveredGroup[];
}

/** Rejects when it does not answer as it should. */
export async function discoverPeer(call: CallPeer, address: string, signal: AbortSignal): Promise<Served> {
  const [core, groups] = await Promise.all([
    discovered(call, address, '/api', signal),
    discovered(call, address, '/apis', signal),
  ]);
  const resources = new Set<string>();
  for (const { metadata, versions } of [...core, ...groups])
    for (const { version, resources: own } of versions ?? [])
      for (const { resource } of own ?? []) resources.add(`${metadata?.name ?? ''}/${version}/${resource}`);
  return { resources, groups };
}

async function discovered(
  call: CallPeer,
  address: string,
  path: string,
  signal: AbortSignal,
): Promise<readonly DiscoveredGroup[]> {
  const headers = { ...userHeaders(SELF), accept: ACCEPT, [PROXIED_HEADER]: 'true' };
  const answer = await call({ address, method: 'GET', path, headers, body: undefined, signal });
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > DOCUMENT_BYTES_MAX)
      throw errors.serviceUnavailable(`${path} is larger than ${DOCUMENT_BYTES_MAX} bytes`);
    chunks.push(chunk);
  }
  if (answer.statusCode !== 200)
    throw errors.serviceUnavailable(`discovery request failed with status: ${answer.statusCode}`);
  const { items } = JSON.parse(Buffer.concat(chunks).toString()) as { readonly items?: readonly DiscoveredGroup[] };
  return items ?? [];
}
