/** gRPC calls to a CRI server on a unix socket, from the descriptor in the facts: no generated code. */
import * as grpc from '@grpc/grpc-js';
import { fromJSON } from '@grpc/proto-loader';
import { grpcDescriptor } from '@steersman/api';
import { RuntimeError, type RuntimeErrorCode } from '../../error.ts';

export type Message = Readonly<Record<string, unknown>>;
export interface CriConnection {
  /** One call. `timeoutMs` 0: however long it takes. Fails with `RuntimeError`. */
  call<R>(
    service: 'RuntimeService' | 'ImageService',
    method: string,
    request: Message,
    options?: { readonly timeoutMs?: number; readonly signal?: AbortSignal | undefined },
  ): Promise<R>;
  /** A server stream; resolves when the signal aborts, rejects when the server ends it. */
  stream(method: string, request: Message, onMessage: (message: Message) => void, signal: AbortSignal): Promise<void>;
  close(): void;
}

/** Upstream's --runtime-request-timeout. */
const CALL_MS_DEFAULT = 120_000;
/** A list of thousands of containers with their annotations. */
const MESSAGE_BYTES_MAX = 64 * 1024 * 1024;

const codes: Readonly<Record<number, RuntimeErrorCode>> = {
  [grpc.status.UNIMPLEMENTED]: 'unimplemented',
  [grpc.status.NOT_FOUND]: 'not-found',
  [grpc.status.ALREADY_EXISTS]: 'already-exists',
  [grpc.status.DEADLINE_EXCEEDED]: 'timeout',
  [grpc.status.UNAVAILABLE]: 'unavailable',
  [grpc.status.INVALID_ARGUMENT]: 'invalid',
};

/** `endpoint` is `unix:///run/containerd/containerd.sock` or the bare path. Connects at the first call. */
export function connectCri(endpoint: string): CriConnection {
  const address = endpoint.startsWith('unix:') ? endpoint : `unix://${endpoint}`;
  const definition = fromJSON(grpcDescriptor('cri') as Parameters<typeof fromJSON>[0], {
    keepCase: true,
    longs: String,
    enums: String,
    defaults: true,
  });
  const client = new grpc.Client(address, grpc.credentials.createInsecure(), {
    'grpc.max_receive_message_length': MESSAGE_BYTES_MAX,
    // A restarted containerd should be noticed at once, not after gRPC's usual two minutes.
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': 3_000,
  });
  const methodOf = (service: string, method: string) => {
    const found = (
      definition[`runtime.v1.${service}`] as Record<string, grpc.MethodDefinition<Message, Message>> | undefined
    )?.[method];
    if (found === undefined) throw new RuntimeError('unimplemented', `CRI has no ${service}.${method}`);
    return found;
  };

  return {
    call<R>(
      service: string,
      method: string,
      request: Message,
      { timeoutMs = CALL_MS_DEFAULT, signal }: { timeoutMs?: number; signal?: AbortSignal | undefined } = {},
    ) {
      const { path, requestSerialize, responseDeserialize } = methodOf(service, method);
      const { promise, resolve, reject } = Promise.withResolvers<R>();
      const options = timeoutMs === 0 ? {} : { deadline: Date.now() + timeoutMs };
      const call = client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        new grpc.Metadata(),
        options,
        (error, answer) => {
          signal?.removeEventListener('abort', cancel);
          if (error === null) resolve(answer as R);
          else reject(asRuntimeError(error));
        },
      );
      const cancel = () => call.cancel();
      signal?.addEventListener('abort', cancel, { once: true });
      if (signal?.aborted) cancel();
      return promise;
    },
    stream(method, request, onMessage, signal) {
      const { path, requestSerialize, responseDeserialize } = methodOf('RuntimeService', method);
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const stream = client.makeServerStreamRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        new grpc.Metadata(),
      );
      const cancel = () => stream.cancel();
      signal.addEventListener('abort', cancel, { once: true });
      stream.on('data', onMessage);
      stream.on('error', (error: grpc.ServiceError) => (signal.aborted ? resolve() : reject(asRuntimeError(error))));
      stream.on('end', () =>
        signal.aborted
          ? resolve()
          : reject(new RuntimeError('unavailable', 'the container runtime ended its event stream')),
      );
      if (signal.aborted) cancel();
      return promise.finally(() => signal.removeEventListener('abort', cancel));
    },
    close: () => client.close(),
  };
}

const asRuntimeError = ({ code, details, message }: grpc.ServiceError): RuntimeError =>
  new RuntimeError(codes[code] ?? 'failed', `rpc error: code = ${grpcName(code)} desc = ${details || message}`);

/** As Go prints status codes: DeadlineExceeded, Unknown ... */
const grpcName = (code: grpc.status): string =>
  (grpc.status[code] ?? 'UNKNOWN')
    .toLowerCase()
    .split('_')
    .map((part) => part[0]?.toUpperCase() + part.slice(1))
    .join('');
