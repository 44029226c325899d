/** For tests: other API servers without a network. Each is a server in this process that believes the front proxy's headers. */
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { ApiServer } from '../api-server.ts';
import type { PeerCall, PeerConnections, PeerRequest } from './adapters/peer-connection.ts';

export interface FakePeers extends PeerConnections {
  /** By address; without an entry nobody listens there. */
  readonly servers: Map<string, ApiServer>;
  readonly calls: PeerCall[];
  readonly tunnels: PeerRequest[];
}

export function fakePeers(): FakePeers {
  const servers = new Map<string, ApiServer>();
  const calls: PeerCall[] = [];
  const tunnels: PeerRequest[] = [];
  const serverAt = (address: string) => {
    const server = servers.get(address);
    const [host, port] = address.split(':');
    const refused = { code: 'ECONNREFUSED', syscall: 'connect', address: host, port: Number(port) };
    if (server === undefined) throw Object.assign(new Error('refused'), refused);
    return server;
  };
  return {
    servers,
    calls,
    tunnels,
    async call(call) {
      calls.push(call);
      const server = serverAt(call.address);
      const chunks = await Array.fromAsync(call.body ?? []);
      const { method, path } = call;
      // There are no roles.
      const user = { name: String(call.headers['x-remote-user']), groups: ['system:masters'] };
      const headers = Object.fromEntries(Object.entries(call.headers).map(([name, value]) => [name, String(value)]));
      const answer = await server.transportFor(user).request({ method, path, headers, body: Buffer.concat(chunks) });
      const message = Object.assign(Readable.from(answer.body), { statusCode: answer.status, headers: answer.headers });
      return message as unknown as IncomingMessage;
    },
    async tunnel(request) {
      serverAt(request.address);
      tunnels.push(request);
    },
  };
}
