/** gRPC calls to one server, over one connection that is made when it is needed. */
import type { Duplex } from 'node:stream';
import type { Clock } from '@steersman/machinery';
import type { Field } from './hpack-table.ts';
import { MessageReader } from './message-reader.ts';
import { Session } from './session.ts';
import { Code, failureOf, fieldOf, GrpcFailure } from './status.ts';
import type { Stream, StreamHandlers } from './stream.ts';

const CALL_MS_MAX = 10_000; // etcd itself gives up after 5 s and two election timeouts.
const LOOK_MS = 1000; // How often calls are looked at that wait: none has a timer of its own.
const REDIAL_MS = 100; // A server that cannot be reached is not asked more often.
/** A server whose machine vanished says nothing: it is asked, as upstream does. */
const KEEPALIVE_MS = 30_000;
const KEEPALIVE_ANSWER_MS = 10_000;

export interface ChannelOptions {
  readonly authority: string;
  readonly secure: boolean;
  /** Connects; rejects when that is not possible. */
  readonly dial: () => Promise<Duplex>;
  readonly clock: Clock;
}

export interface DuplexCall {
  send(message: Uint8Array): void;
  close(): void;
}
export interface DuplexHandlers {
  onMessage(message: Buffer): void;
  /** Once, unless it was closed. */
  onEnd(failure: GrpcFailure | undefined): void;
}

export class Channel {
  readonly #options: ChannelOptions;
  #session: Session | undefined;
  /** The one in use, and those that are left but still carry calls. */
  readonly #sessions = new Set<Session>();
  #dialling: Promise<Session> | undefined;
  #refused: { readonly failure: GrpcFailure; readonly atMs: number } | undefined;
  readonly #fields = new Map<string, { readonly metadata: readonly Field[]; readonly fields: readonly Field[] }>();
  readonly #calls = new Set<UnaryCall>();
  #looking = false;
  #closed = false;

  constructor(options: ChannelOptions) {
    this.#options = options;
  }

  /** Resolves with the answer; rejects with GrpcFailure. The message may be overwritten at once; `metadata` is best the very same array for all calls. */
  async unary(path: string, message: Uint8Array, metadata: readonly Field[]): Promise<Buffer> {
    const session = this.#session;
    if (session?.usable) return this.#call(session, path, message, metadata);
    const kept = Buffer.from(message);
    return this.#call(await this.#connect(), path, kept, metadata);
  }

  #call(session: Session, path: string, message: Uint8Array, metadata: readonly Field[]): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const call = new UnaryCall(resolve, reject, this.#options.clock.monotonic(), this.#calls);
      this.#calls.add(call);
      const stream = this.#open(session, call, path, metadata);
      session.sendMessage(stream, message, true);
      this.#look();
    });
  }

  /** A stream in both directions. Rejects with GrpcFailure. */
  async duplex(path: string, metadata: readonly Field[], handlers: DuplexHandlers): Promise<DuplexCall> {
    const session = this.#session?.usable ? this.#session : await this.#connect();
    const call = new OpenCall(handlers);
    const stream = this.#open(session, call, path, metadata);
    return {
      send: (message) => session.sendMessage(stream, message, false),
      close() {
        call.over = true;
        session.reset(stream);
      },
    };
  }

  #open(session: Session, call: Call, path: string, metadata: readonly Field[]): Stream {
    call.session = session;
    call.stream = session.open(this.#fieldsOf(path, metadata), call);
    return call.stream;
  }

  close(): void {
    this.#closed = true;
    for (const session of this.#sessions) session.destroy('the connection was closed');
  }

  /** The very same array for every call of a kind: its header block is then made once. */
  #fieldsOf(path: string, metadata: readonly Field[]): readonly Field[] {
    const known = this.#fields.get(path);
    if (known?.metadata === metadata) return known.fields;
    const { authority, secure } = this.#options;
    const fields: readonly Field[] = [
      [':method', 'POST'],
      [':scheme', secure ? 'https' : 'http'],
      [':path', path],
      [':authority', authority],
      ['content-type', 'application/grpc'],
      ['te', 'trailers'],
      ['user-agent', 'steersman'],
      ...metadata,
    ];
    this.#fields.set(path, { metadata, fields });
    return fields;
  }

  async #connect(): Promise<Session> {
    if (this.#closed) throw new GrpcFailure(Code.unavailable, 'the connection was closed', true);
    const { clock } = this.#options;
    if (this.#refused !== undefined && clock.monotonic() - this.#refused.atMs < REDIAL_MS) throw this.#refused.failure;
    this.#dialling ??= this.#dial().finally(() => {
      this.#dialling = undefined;
    });
    return this.#dialling;
  }

  async #dial(): Promise<Session> {
    const { dial, clock } = this.#options;
    try {
      const socket = await dial();
      const session: Session = new Session({
        socket,
        clock,
        keepaliveMs: KEEPALIVE_MS,
        keepaliveAnswerMs: KEEPALIVE_ANSWER_MS,
        onClose: () => this.#sessions.delete(session),
      });
      this.#sessions.add(session);
      if (this.#closed) session.destroy('the connection was closed');
      this.#session = session;
      this.#refused = undefined;
      return session;
    } catch (error) {
      const failure = new GrpcFailure(Code.unavailable, `no connection: ${String(error)}`, true);
      this.#refused = { failure, atMs: clock.monotonic() };
      throw failure;
    }
  }

  #look(): void {
    if (this.#looking) return;
    this.#looking = true;
    this.#options.clock.schedule(LOOK_MS, () => {
      this.#looking = false;
      const nowMs = this.#options.clock.monotonic();
      for (const call of this.#calls) {
        if (nowMs - call.startedAtMs < CALL_MS_MAX) break; // They are in the order in which they began.
        call.giveUp(new GrpcFailure(Code.deadlineExceeded, `there was no answer within ${CALL_MS_MAX / 1000} s`));
      }
      if (this.#calls.size > 0) this.#look();
    });
  }
}

/** What both kinds of call make of what their stream brings. */
abstract class Call implements StreamHandlers {
  session: Session | undefined;
  stream: Stream | undefined;
  readonly #reader: MessageReader;

  constructor() {
    this.#reader = new MessageReader({
      bytesMax: Number.POSITIVE_INFINITY, // A page of large objects.
      onMessage: (message) => this.take(message),
    });
  }

  protected abstract take(message: Buffer): void;
  /** May be called again after the end. */
  protected abstract end(failure: GrpcFailure | undefined): void;

  onHeaders(fields: readonly Field[], ended: boolean): void {
    if (ended) this.end(failureOf(fields));
    else if (fieldOf(fields, ':status') !== '200') this.giveUp(failureOf(fields)!);
  }
  onData(bytes: Buffer, ended: boolean): void {
    try {
      this.#reader.take(bytes);
    } catch (error) {
      return this.giveUp(error instanceof GrpcFailure ? error : new GrpcFailure(Code.internal, String(error)));
    }
    if (ended) this.end(failureOf([]));
  }
  onReset(reason: string, untouched: boolean): void {
    this.end(new GrpcFailure(Code.unavailable, reason, untouched));
  }

  giveUp(failure: GrpcFailure): void {
    if (this.stream !== undefined) this.session?.reset(this.stream);
    this.end(failure);
  }
}

class UnaryCall extends Call {
  readonly startedAtMs: number;
  readonly #resolve: (answer: Buffer) => void;
  readonly #reject: (failure: GrpcFailure) => void;
  readonly #calls: Set<UnaryCall>;
  #answer: Buffer | undefined;

  constructor(
    resolve: (answer: Buffer) => void,
    reject: (failure: GrpcFailure) => void,
    startedAtMs: number,
    calls: Set<UnaryCall>,
  ) {
    super();
    this.#resolve = resolve;
    this.#reject = reject;
    this.startedAtMs = startedAtMs;
    this.#calls = calls;
  }

  protected take(message: Buffer): void {
    this.#answer = message;
  }
  protected end(failure: GrpcFailure | undefined): void {
    this.#calls.delete(this);
    if (failure !== undefined) this.#reject(failure);
    else if (this.#answer === undefined) this.#reject(new GrpcFailure(Code.internal, 'the answer is empty'));
    else this.#resolve(this.#answer);
  }
}

class OpenCall extends Call {
  over = false;
  readonly #handlers: DuplexHandlers;

  constructor(handlers: DuplexHandlers) {
    super();
    this.#handlers = handlers;
  }

  protected take(message: Buffer): void {
    if (!this.over) this.#handlers.onMessage(message);
  }
  protected end(failure: GrpcFailure | undefined): void {
    if (this.over) return;
    this.over = true;
    this.#handlers.onEnd(failure);
  }
}
