import type { Transport } from '@steersman/client';
import { callInProcess, type HttpHandler, type Peer } from '@steersman/server';
import type { UserInfo } from './authentication/contract.ts';

/** Calls within the process: each user has one peer, so that caches by credential work for them too. */
export function inProcessTransports(handler: () => HttpHandler) {
  const users = new WeakMap<Peer, UserInfo>();
  const transportFor = (user: UserInfo): Transport => {
    const peer: Peer = { remoteAddress: '127.0.0.1', scheme: 'process' };
    const groups = user.groups.includes('system:authenticated')
      ? user.groups
      : [...user.groups, 'system:authenticated'];
    users.set(peer, { ...user, groups });
    return {
      request: (request) => callInProcess(handler(), peer, request),
      close: async () => undefined,
    };
  };
  return { users, transportFor };
}
