import * as grpc from '@grpc/grpc-js';
import type { Logger } from '@steersman/machinery';
import type { FaceAddress } from '../start.ts';
import { addServices, type Face } from './grpc-services.ts';
import { type HttpOptions, httpHandler } from './http.ts';
import { createFaceListener, type FaceListener } from './listener.ts';
import { snapshotSource } from './snapshot-source.ts';

export interface FaceServerOptions {
  readonly face: Omit<Face, 'snapshot'>;
  readonly scratch: string | undefined;
  readonly http: HttpOptions;
  readonly log: Logger;
}

export interface FaceServer {
  /** Resolves with the port. */
  listen(address: FaceAddress): Promise<number>;
  listenHttp(address: FaceAddress): Promise<number>;
  close(): Promise<void>;
}

const CHANNEL_OPTIONS: grpc.ServerOptions = {
  'grpc.max_send_message_length': -1, // A page of large objects is larger than any default.
  'grpc-node.flow_control_window': 8 * 1024 * 1024,
  // A client whose machine vanished says nothing.
  'grpc.keepalive_time_ms': 7_200_000,
  'grpc.keepalive_timeout_ms': 20_000,
};

export function createFaceServer({ face, scratch, http, log }: FaceServerOptions): FaceServer {
  const services = new grpc.Server({ ...CHANNEL_OPTIONS, 'grpc.max_receive_message_length': face.fragmentBytesMax });
  addServices(services, { ...face, snapshot: snapshotSource(face.storage, scratch) });
  const handler = httpHandler(http);
  const listeners: FaceListener[] = [];
  const listen = ({ host, port, tls }: FaceAddress, withServices: boolean) => {
    const listener = createFaceListener({ services: withServices ? services : undefined, http: handler, tls, log });
    listeners.push(listener);
    return listener.listen(host, port);
  };
  return {
    listen: (address) => listen(address, true),
    listenHttp: (address) => listen(address, false),
    async close() {
      services.forceShutdown();
      await Promise.all(listeners.map((listener) => listener.close()));
    },
  };
}
