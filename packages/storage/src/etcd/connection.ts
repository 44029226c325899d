import type { WatchResponse } from './messages.ts';

export type Message = Readonly<Record<string, unknown>>;
export type Service = 'KV' | 'Lease' | 'Maintenance' | 'Auth';

export interface CallOptions {
  /** True when doing it twice does no harm: it is then tried on other members too. */
  readonly repeatable: boolean;
}
export interface WatchStream {
  send(request: Message): void;
  close(): void;
}
export interface WatchHandlers {
  onMessage(message: WatchResponse): void;
  /** Once, when the stream has ended for whatever reason but `close`. */
  onEnd(reason: string): void;
}

/** Calls to whichever member of an etcd cluster answers. */
export interface Connection {
  /** Rejects with StorageError. */
  call<R>(service: Service, method: string, request: Message, options: CallOptions): Promise<R>;
  /** A watch stream to the member that calls go to now, and that member's version. Rejects with StorageError. */
  watch(handlers: WatchHandlers): Promise<{ readonly stream: WatchStream; readonly version: string }>;
  close(): void;
}
