/** What several API servers on one store have to do with each other. */
import type { Client } from '@steersman/client';
import type { ObjectModel } from '../object-model.ts';
import type { PostStartHook } from '../post-start-hook.ts';
import type { ServerConfig } from '../server-config.ts';
import type { ApiServerOptions } from '../server-options.ts';
import { peerConnections } from './adapters/peer-connection.ts';
import { serverIdOf } from './identity.ts';
import { createPeerProxy, type PeerProxy } from './peer-proxy.ts';
import { peerRecordHook } from './peer-record.ts';

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
    connections: peerConnections(peers),
    isServed: (resource) => resources.has(resource),
  });
}

/** Others are told of this server wherever there may be others, whether it passes requests on itself or not. */
export function peerHooks(
  { storageIsEmbedded, peers }: ApiServerOptions,
  proxy: PeerProxy | undefined,
): readonly PostStartHook[] {
  if (storageIsEmbedded !== false && peers === undefined) return [];
  return [peerRecordHook, ...(proxy === undefined ? [] : [proxy.hook])];
}
