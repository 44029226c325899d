/** gRPC to the members of an etcd cluster, from the descriptor in the facts: no generated code. */
import type { Clock } from '@steersman/machinery';
import { errors, StorageError } from '../../error.ts';
import { dial } from '../../grpc/adapters/dial.ts';
import { Channel } from '../../grpc/channel.ts';
import type { Field } from '../../grpc/hpack-table.ts';
import type { Wire } from '../../grpc/service.ts';
import type { Connection, Message, WatchHandlers } from '../connection.ts';
import { type EtcdTls, endpointOf } from '../endpoint.ts';
import type { WatchResponse } from '../messages.ts';
import { type Failure, isStaleToken, isWorthAnotherMember, storageErrorOf } from '../status-code.ts';
import { etcdWires } from '../wires.ts';

const ROUNDS_MAX = 3; // Each over all members: enough for an election in between.
const BETWEEN_ROUNDS_MS = 300;

/** A member cut off from the others refuses, and does not answer from its past. */
const HAS_LEADER: Field = ['hasleader', 'true'];
const WITHOUT_TOKEN: readonly Field[] = [HAS_LEADER];

export interface EtcdConnectionOptions {
  readonly endpoints: readonly string[];
  readonly tls?: EtcdTls | undefined;
  readonly auth?: { readonly user: string; readonly password: string } | undefined;
  readonly clock: Clock;
}

/** Connects at the first call. Throws StorageError 'unavailable' when an endpoint is malformed. */
export function connectEtcd(options: EtcdConnectionOptions): Connection {
  const { auth, clock } = options;
  const wireOf = etcdWires();
  const channels = options.endpoints.map((endpoint) => channelTo(endpoint, options));
  let current = 0;
  let token: Promise<readonly Field[]> | undefined;
  let closed = false;

  /** One attempt on one member. Rejects with a Failure. */
  const attempt = async (member: number, wire: Wire, request: Message, metadata: readonly Field[]) => {
    const message = wire.encodeRequest(request);
    return wire.decodeResponse(await channels[member]!.unary(wire.path, message, metadata));
  };
  const authenticate = async (member: number): Promise<readonly Field[]> => {
    const request = { name: auth!.user, password: auth!.password };
    const answer = await attempt(member, wireOf('Auth', 'Authenticate'), request, WITHOUT_TOKEN);
    return [HAS_LEADER, ['token', answer['token'] as string]];
  };
  const metadataFor = (member: number) => {
    if (auth === undefined) return WITHOUT_TOKEN;
    token ??= authenticate(member);
    token.catch(() => (token = undefined));
    return token;
  };
  const moveFrom = (member: number) => {
    if (current === member) current = (member + 1) % channels.length;
  };
  /** Whether a failed call may be made again. */
  const learnFrom = (failure: Failure, member: number, repeatable: boolean) => {
    const stale = auth !== undefined && isStaleToken(failure);
    if (stale) token = undefined;
    else if (isWorthAnotherMember(failure)) moveFrom(member);
    return !closed && (stale || (isWorthAnotherMember(failure) && (repeatable || failure.untouched === true)));
  };

  async function openWatch(member: number, handlers: WatchHandlers) {
    const metadata = await metadataFor(member);
    const { version } = await attempt(member, wireOf('Maintenance', 'Status'), {}, metadata);
    const { path, encodeRequest, decodeResponse } = wireOf('Watch', 'Watch');
    const call = await channels[member]!.duplex(path, metadata, {
      onMessage: (message) => handlers.onMessage(decodeResponse(message) as unknown as WatchResponse),
      onEnd(failure) {
        if (!closed) moveFrom(member);
        token = undefined;
        handlers.onEnd(failure?.details ?? 'the member ended the stream');
      },
    });
    const stream = { send: (request: Message) => call.send(encodeRequest(request)), close: () => call.close() };
    return { stream, version: String(version ?? '') };
  }

  return {
    async call<R>(service: string, name: string, request: Message, { repeatable }: { repeatable: boolean }) {
      const wire = wireOf(service, name);
      for (let tried = 0; ; tried += 1) {
        if (closed) throw errors.closed();
        const member = current;
        try {
          const metadata = metadataFor(member);
          const fields = metadata instanceof Promise ? await metadata : metadata;
          return (await attempt(member, wire, request, fields)) as R;
        } catch (error) {
          const failure = error as Failure;
          const again = learnFrom(failure, member, repeatable);
          if (!again || tried + 1 >= channels.length * ROUNDS_MAX)
            throw closed ? errors.closed() : storageErrorOf(failure, `${service}.${name}`);
          if ((tried + 1) % channels.length === 0) await clock.sleep(BETWEEN_ROUNDS_MS);
        }
      }
    },
    async watch(handlers) {
      const member = current;
      try {
        return await openWatch(member, handlers);
      } catch (error) {
        if (error instanceof StorageError) throw error;
        token = undefined;
        moveFrom(member);
        throw storageErrorOf(error as Failure, 'Watch');
      }
    },
    close() {
      closed = true;
      for (const channel of channels) channel.close();
    },
  };
}

function channelTo(endpoint: string, { tls = {}, clock }: EtcdConnectionOptions): Channel {
  const { address, host, port, secure } = endpointOf(endpoint);
  const connect = () => dial({ host, port, tls: secure ? tls : undefined });
  return new Channel({ authority: address, secure, dial: connect, clock });
}
