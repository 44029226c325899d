/** Serves gRPC calls on connections that others have accepted. */
import type { Duplex } from 'node:stream';
import type { Clock } from '@steersman/machinery';
import type { Field } from './hpack-table.ts';
import { MessageReader } from './message-reader.ts';
import type { Message, Wire } from './service.ts';
import { Session } from './session.ts';
import { Code, encodedMessage, fieldOf, GrpcFailure } from './status.ts';
import type { Stream, StreamHandlers } from './stream.ts';

/** What a call ends with when it is not answered. */
export interface Refused {
  readonly code: number;
  readonly details: string;
}

/** The other end of a stream of messages. */
export interface ServerCall {
  /** True when nobody listens any more. */
  readonly over: boolean;
  /** The message may be overwritten at once. `sent` is called when the message is on its way, and never when it no longer can be. */
  send(message: Uint8Array, sent?: () => void): void;
  end(refused?: Refused): void;
}
export interface ServerCallHandlers {
  onMessage(message: Buffer): void;
  /** The client sends no more. */
  onEnd(): void;
  /** The call is over, by whomever. */
  onClose(): void;
}

export type Method =
  | {
      readonly kind: 'unary';
      /** Rejects with what has `code` and `details`. */
      readonly answer: (message: Buffer) => Promise<Message>;
      readonly encode: Wire['encodeResponse'];
    }
  | { readonly kind: 'stream'; readonly open: (call: ServerCall) => ServerCallHandlers };

export interface GrpcServerOptions {
  /** By path: `/etcdserverpb.KV/Range`. */
  readonly methods: ReadonlyMap<string, Method>;
  readonly messageBytesMax: number;
  readonly keepaliveMs: number;
  readonly keepaliveAnswerMs: number;
  readonly clock: Clock;
}

/** Calls of one connection that are being answered, whether anybody still waits for them or not. */
const RUNNING_MAX = 10_000;

/** How much one connection has under way. */
interface Load {
  running: number;
}

export class GrpcServer {
  readonly #options: GrpcServerOptions;
  readonly #sessions = new Set<Session>();
  readonly #services: ReadonlySet<string>;

  constructor(options: GrpcServerOptions) {
    this.#options = options;
    this.#services = new Set([...options.methods.keys()].map((path) => partsOf(path).service));
  }

  /** Takes over a connection of which nothing has been read. */
  accept(socket: Duplex): void {
    const { clock, keepaliveMs, keepaliveAnswerMs } = this.#options;
    const load: Load = { running: 0 };
    const session: Session = new Session({
      socket,
      clock,
      keepaliveMs,
      keepaliveAnswerMs,
      onClose: () => this.#sessions.delete(session),
      onStream: (stream, fields, ended) => this.#handlersOf({ session, load }, stream, fields, ended),
    });
    this.#sessions.add(session);
  }

  /** Ends all connections. */
  close(): void {
    for (const session of this.#sessions) session.destroy('the server ends');
  }

  #handlersOf(
    { session, load }: { readonly session: Session; readonly load: Load },
    stream: Stream,
    fields: readonly Field[],
    ended: boolean,
  ): StreamHandlers {
    const call = new Call(session, stream, load, this.#options.messageBytesMax);
    const path = fieldOf(fields, ':path') ?? '';
    const method = this.#options.methods.get(path);
    if (!isGrpc(fields)) session.endOnce(stream, [[':status', '415']]);
    else if (method === undefined) call.end({ code: Code.unimplemented, details: this.#unknown(path) });
    else if (isCompressed(fields))
      call.end({ code: Code.unimplemented, details: 'grpc: Decompressor is not installed for this grpc-encoding' });
    else call.begin(method);
    if (ended) call.onData(Buffer.alloc(0), true);
    return call;
  }

  #unknown(path: string): string {
    const { service, method } = partsOf(path);
    return this.#services.has(service)
      ? `unknown method ${method} for service ${service}`
      : `unknown service ${service}`;
  }
}

function partsOf(path: string): { readonly service: string; readonly method: string } {
  const slash = path.lastIndexOf('/');
  return { service: path.slice(1, Math.max(slash, 1)), method: path.slice(slash + 1) };
}

function isGrpc(fields: readonly Field[]): boolean {
  const type = fieldOf(fields, 'content-type') ?? '';
  return fieldOf(fields, ':method') === 'POST' && /^application\/grpc($|[+;])/.test(type);
}
function isCompressed(fields: readonly Field[]): boolean {
  return (fieldOf(fields, 'grpc-encoding') ?? 'identity') !== 'identity';
}

/** The very same arrays for all answers: their header blocks are then made once. */
const BEGINNING: readonly Field[] = [
  [':status', '200'],
  ['content-type', 'application/grpc'],
];
const WELL: readonly Field[] = [
  ['grpc-status', '0'],
  ['grpc-message', ''],
];
const BUSY: Refused = { code: Code.resourceExhausted, details: 'too many calls are under way on this connection' };
const IGNORED: ServerCallHandlers = { onMessage: () => undefined, onEnd: () => undefined, onClose: () => undefined };

/** One call. */
class Call implements StreamHandlers, ServerCall {
  readonly #session: Session;
  readonly #stream: Stream;
  readonly #load: Load;
  readonly #reader: MessageReader;
  #handlers: ServerCallHandlers = IGNORED;
  #begun = false;
  #over = false;

  constructor(session: Session, stream: Stream, load: Load, bytesMax: number) {
    this.#load = load;
    this.#session = session;
    this.#stream = stream;
    this.#reader = new MessageReader({ bytesMax, onMessage: (message) => this.#handlers.onMessage(message) });
  }

  get over(): boolean {
    return this.#over;
  }

  begin(method: Method): void {
    this.#handlers = method.kind === 'stream' ? method.open(this) : this.#unary(method);
  }
  send(message: Uint8Array, sent?: () => void): void {
    if (this.#over) return;
    if (!this.#begun) this.#session.sendHeaders(this.#stream, BEGINNING);
    this.#begun = true;
    this.#session.sendMessage(this.#stream, message, false, sent);
  }
  end(refused?: Refused): void {
    if (this.#over) return;
    if (refused !== undefined) {
      const status: Field[] = [
        ['grpc-status', String(refused.code)],
        ['grpc-message', encodedMessage(refused.details)],
      ];
      this.#session.endOnce(this.#stream, this.#begun ? status : [...BEGINNING, ...status]);
    } else {
      if (!this.#begun) this.#session.sendHeaders(this.#stream, BEGINNING);
      this.#session.end(this.#stream, WELL);
    }
    this.#close();
  }

  onHeaders(_fields: readonly Field[], ended: boolean): void {
    if (ended) this.#handlers.onEnd();
  }
  onData(bytes: Buffer, ended: boolean): void {
    if (this.#over) return;
    try {
      this.#reader.take(bytes);
      if (ended) this.#handlers.onEnd();
    } catch (error) {
      this.end(error instanceof GrpcFailure ? error : { code: Code.internal, details: String(error) });
    }
  }
  onReset(): void {
    this.#close();
  }

  #close(): void {
    if (this.#over) return;
    this.#over = true;
    const handlers = this.#handlers;
    this.#handlers = IGNORED;
    handlers.onClose();
  }

  #unary({ answer, encode }: Extract<Method, { kind: 'unary' }>): ServerCallHandlers {
    let request: Buffer | undefined;
    return {
      onMessage(message) {
        request = message;
      },
      onEnd: () => {
        if (request === undefined) return this.end({ code: Code.internal, details: 'the request has no message' });
        if (this.#load.running >= RUNNING_MAX) return this.end(BUSY);
        this.#load.running += 1;
        answer(request).then(
          (message) => {
            this.#load.running -= 1;
            if (this.#over) return;
            this.send(encode(message));
            this.end();
          },
          (error: Refused) => {
            this.#load.running -= 1;
            this.end(error);
          },
        );
      },
      onClose: () => undefined,
    };
  }
}
