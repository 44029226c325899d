/** gRPC to the members of an etcd cluster, from the descriptor in the facts: no generated code. */
import { isIP } from 'node:net';
import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import * as grpc from '@grpc/grpc-js';
import type { Clock } from '@steersman/machinery';
import { errors, StorageError } from '../../error.ts';
import type { Connection, Message } from '../connection.ts';
import { type EtcdTls, endpointOf } from '../endpoint.ts';
import type { WatchResponse } from '../messages.ts';
import { type Failure, isStaleToken, isWorthAnotherMember, storageErrorOf, wasNotSent } from '../status-code.ts';
import { etcdServices } from './services.ts';

const CALL_MS_MAX = 10_000; // etcd itself gives up after 5 s and two election timeouts.
const ROUNDS_MAX = 3; // Each over all members: enough for an election in between.
const BETWEEN_ROUNDS_MS = 300;

/** Sent in place of an IP address; etcd has one certificate and takes no notice. */
const NAME_OF_ADDRESS = 'etcd';

const CHANNEL_OPTIONS: grpc.ChannelOptions = {
  'grpc.max_receive_message_length': -1, // A page of large objects is larger than gRPC's 4 MiB.
  'grpc.max_send_message_length': -1,
  'grpc-node.flow_control_window': 8 * 1024 * 1024,
  // A member whose machine vanished says nothing: ask it, as upstream does.
  'grpc.keepalive_time_ms': 30_000,
  'grpc.keepalive_timeout_ms': 10_000,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 2_000,
};

export interface EtcdConnectionOptions {
  readonly endpoints: readonly string[];
  readonly tls?: EtcdTls | undefined;
  readonly auth?: { readonly user: string; readonly password: string } | undefined;
  readonly clock: Clock;
}

type Methods = Readonly<Record<string, grpc.MethodDefinition<Message, Message>>>;

/** Connects at the first call. Throws StorageError 'unavailable' when an endpoint is malformed. */
export function connectEtcd({ endpoints, tls, auth, clock }: EtcdConnectionOptions): Connection {
  const services = etcdServices();
  const methodOf = (service: string, name: string) => (services(service) as Methods)[name]!;
  const clients = endpoints.map((endpoint) => {
    const { address, host, secure } = endpointOf(endpoint);
    if (!secure) return new grpc.Client(address, grpc.credentials.createInsecure(), CHANNEL_OPTIONS);
    const checks = {
      checkServerIdentity: (_host: string, certificate: PeerCertificate) => checkServerIdentity(host, certificate),
    };
    const credentials = grpc.credentials.createSsl(bytes(tls?.ca), bytes(tls?.key), bytes(tls?.cert), checks);
    // Node refuses an address as the name that a TLS client asks for: ask for another, and check against the address.
    const name = isIP(host) === 0 ? {} : { 'grpc.ssl_target_name_override': NAME_OF_ADDRESS };
    return new grpc.Client(address, credentials, { ...CHANNEL_OPTIONS, ...name });
  });
  let current = 0;
  let token: Promise<string> | undefined;
  let closed = false;

  /** One attempt on one member. Rejects with a Failure. */
  const attempt = (member: number, service: string, name: string, request: Message, metadata: grpc.Metadata) => {
    const { promise, resolve, reject } = Promise.withResolvers<Message>();
    const { path, requestSerialize, responseDeserialize } = methodOf(service, name);
    clients[member]!.makeUnaryRequest(
      path,
      requestSerialize,
      responseDeserialize,
      request,
      metadata,
      { deadline: Date.now() + CALL_MS_MAX },
      (error, answer) => (error === null ? resolve(answer!) : reject(error)),
    );
    return promise;
  };
  const metadataFor = async (member: number) => {
    const metadata = new grpc.Metadata();
    metadata.set('hasleader', 'true'); // A member cut off from the others refuses, and does not answer from its past.
    if (auth === undefined) return metadata;
    token ??= attempt(member, 'Auth', 'Authenticate', { name: auth.user, password: auth.password }, metadata).then(
      (answer) => answer['token'] as string,
    );
    token.catch(() => (token = undefined));
    metadata.set('token', await token);
    return metadata;
  };
  const moveFrom = (member: number) => {
    if (current === member) current = (member + 1) % clients.length;
  };

  return {
    async call<R>(service: string, name: string, request: Message, { repeatable }: { repeatable: boolean }) {
      for (let tried = 0; ; tried += 1) {
        if (closed) throw errors.closed();
        const member = current;
        try {
          return (await attempt(member, service, name, request, await metadataFor(member))) as R;
        } catch (error) {
          const failure = error as Failure;
          const stale = auth !== undefined && isStaleToken(failure);
          if (stale) token = undefined;
          else if (isWorthAnotherMember(failure)) moveFrom(member);
          const again = stale || (isWorthAnotherMember(failure) && (repeatable || wasNotSent(failure)));
          if (closed || !again || tried + 1 >= clients.length * ROUNDS_MAX)
            throw closed ? errors.closed() : storageErrorOf(failure, `${service}.${name}`);
          if ((tried + 1) % clients.length === 0) await clock.sleep(BETWEEN_ROUNDS_MS);
        }
      }
    },
    async watch({ onMessage, onEnd }) {
      const member = current;
      try {
        const metadata = await metadataFor(member);
        const { version } = (await attempt(member, 'Maintenance', 'Status', {}, metadata)) as { version?: string };
        const { path, requestSerialize, responseDeserialize } = methodOf('Watch', 'Watch');
        const call = clients[member]!.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, metadata, {});
        let over = false;
        const end = (reason: string) => {
          if (over) return;
          over = true;
          if (!closed) moveFrom(member);
          token = undefined;
          onEnd(reason);
        };
        call.on('data', (message: unknown) => !over && onMessage(message as WatchResponse));
        call.on('error', (error: Failure) => end(error.details));
        call.on('end', () => end('the member ended the stream'));
        const stream = {
          send: (request: Message) => void call.write(request),
          close() {
            over = true;
            call.cancel();
          },
        };
        return { stream, version: version ?? '' };
      } catch (error) {
        if (error instanceof StorageError) throw error;
        token = undefined;
        moveFrom(member);
        throw storageErrorOf(error as Failure, 'Watch');
      }
    },
    close() {
      closed = true;
      for (const client of clients) client.close();
    },
  };
}

function bytes(pem: string | Uint8Array | undefined): Buffer | null {
  return pem === undefined ? null : Buffer.from(pem);
}
