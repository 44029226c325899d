/** etcd's services as they are on the wire, for tests that compare two servers. */
import * as grpc from '@grpc/grpc-js';
import type { Message } from '../messages.ts';
import { etcdServices } from './services.ts';

type Methods = Readonly<Record<string, grpc.MethodDefinition<Message, Message>>>;

export interface RawClient {
  /** Rejects with gRPC's error. */
  call(service: string, method: string, request: Message): Promise<Message>;
  watchStream(): grpc.ClientDuplexStream<Message, Message>;
  close(): void;
}

export function rawClient(endpoint: string): RawClient {
  const services = etcdServices();
  const methodOf = (service: string, name: string) => (services(service) as Methods)[name]!;
  const client = new grpc.Client(endpoint.replace('http://', ''), grpc.credentials.createInsecure());
  return {
    call(service, name, request) {
      const { path, requestSerialize, responseDeserialize } = methodOf(service, name);
      return new Promise((resolve, reject) =>
        client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, (error, answer) =>
          error === null ? resolve(answer!) : reject(error),
        ),
      );
    },
    watchStream() {
      const { path, requestSerialize, responseDeserialize } = methodOf('Watch', 'Watch');
      return client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
    },
    close: () => client.close(),
  };
}

/** JSON with bytes as text. */
export function shownMessage(message: unknown): string {
  return JSON.stringify(message, (_key, value: unknown) => {
    const buffer = value as { readonly type?: string; readonly data?: number[] } | null;
    return buffer?.type === 'Buffer' ? Buffer.from(buffer.data!).toString() : value;
  });
}
