/** What several API servers on one store have to do with each other. */
import type { Client } from '@steersman/client';
import type { ObjectModel } from '../object-model.ts';
import type { ServerConfig } from '../server-config.ts';
import type { ApiServerOptions } from '../server-options.ts';
import { peerConnections } from './adapters/peer-connection.ts';
import { serverIdOf } from './identity.ts';
import { peerAddressOf } from './peer-address.ts';
import { createPeerProxy, type PeerProxy } from './peer-proxy.ts';

export type { PeerProxy } from './peer-proxy.ts';

/** Undefined when the server was not told how to reach others. */
export function peerProxyFor(
  { peers, storage, effects }: ApiServerOptions,
  config: ServerConfig,
  client: Client,
  { resources }: ObjectModel,
): PeerProxy | undefined {
  if (peers === undefined) return undefined;
  return createPeerProxy({
    storage,
    client,
    effects,
    serverId: serverIdOf(config.hostname),
    call: peerConnections(peers),
    isServed: (resource) => resources.has(resource),
    ownAddress: () => peerAddressOf(config),
  });
}
