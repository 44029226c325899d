/** A connection whose answers a test decides: what etcd does only when the network is at its worst. */
import type { Connection, Message, WatchHandlers } from '../connection.ts';
import type { WatchResponse, WireEvent } from '../messages.ts';

export interface Scripted {
  readonly connection: Connection;
  /** Everything that was called or sent, in order. */
  readonly calls: { readonly method: string; readonly request: Message }[];
  /** The watch stream that is open now. */
  stream(): WatchHandlers;
}

/** `answer` says what a call gets: it may throw. */
export function scripted(answer: (method: string, request: Message) => unknown): Scripted {
  const calls: Scripted['calls'] = [];
  let handlers: WatchHandlers | undefined;
  return {
    calls,
    stream: () => handlers!,
    connection: {
      async call<R>(_service: string, method: string, request: Message) {
        calls.push({ method, request });
        return answer(method, request) as R;
      },
      async watch(opened) {
        handlers = opened;
        const send = (request: Message) => void calls.push({ method: 'watch', request });
        return { stream: { send, close: () => undefined }, version: '3.5.16' };
      },
      close: () => undefined,
    },
  };
}

/** A message of the watch stream; `revision` is the member's. */
export const message = (revision: number, part: Partial<WatchResponse> = {}): WatchResponse => ({
  header: { revision: String(revision) },
  watch_id: '1',
  created: false,
  canceled: false,
  compact_revision: '0',
  cancel_reason: '',
  fragment: false,
  events: [],
  ...part,
});

export const putEvent = (key: string, revision: number): WireEvent => ({
  type: 'PUT',
  kv: {
    key: Buffer.from(key),
    value: Buffer.from(String(revision)),
    create_revision: String(revision),
    mod_revision: String(revision),
    version: '1',
  },
  prev_kv: null,
});
