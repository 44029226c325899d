import type { Logger } from '@steersman/machinery';
import { GrpcServer } from '../../grpc/server.ts';
import type { FaceAddress } from '../start.ts';
import { type Face, methodsOf } from './grpc-services.ts';
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

/** A client whose machine vanished says nothing. */
const KEEPALIVE_MS = 7_200_000;
const KEEPALIVE_ANSWER_MS = 20_000;

export function createFaceServer({ face, scratch, http, log }: FaceServerOptions): FaceServer {
  const services = new GrpcServer({
    methods: methodsOf({ ...face, snapshot: snapshotSource(face.storage, scratch) }),
    messageBytesMax: face.fragmentBytesMax,
    keepaliveMs: KEEPALIVE_MS,
    keepaliveAnswerMs: KEEPALIVE_ANSWER_MS,
    clock: face.clock,
  });
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
      services.close();
      await Promise.all(listeners.map((listener) => listener.close()));
    },
  };
}
