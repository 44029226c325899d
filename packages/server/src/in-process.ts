import type { HttpHandler, HttpRequest, HttpResponse, Peer, ResponseHeaders, ResponseStream } from './http-contract.ts';
import { STREAM_UNSENT_BYTES_MAX } from './limits.ts';

/** One call of a handler inside the process. */
export interface InProcessCall {
  readonly method: string;
  /** Path with query. */
  readonly path: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  readonly signal?: AbortSignal;
}
export interface InProcessAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: AsyncIterable<Uint8Array>;
}

/** Calls a handler as if over the wire; resolves when the response has started. */
export function callInProcess(handler: HttpHandler, peer: Peer, call: InProcessCall): Promise<InProcessAnswer> {
  return new Promise((resolve, reject) => {
    if (call.signal?.aborted) return reject(call.signal.reason as Error);
    const ended = new AbortController();
    const response = new InProcessResponse(resolve, ended);
    const abort = () => {
      ended.abort();
      response.cut();
      reject(call.signal!.reason as Error);
    };
    call.signal?.addEventListener('abort', abort, { once: true });
    response.onFinished = () => call.signal?.removeEventListener('abort', abort);
    try {
      handler(requestOf(call, peer, ended.signal), response)?.catch(reject);
    } catch (error) {
      reject(error as Error);
    }
  });
}

function requestOf(call: InProcessCall, peer: Peer, signal: AbortSignal): HttpRequest {
  const question = call.path.indexOf('?');
  const body = call.body ?? new Uint8Array(0);
  return {
    method: call.method,
    path: question === -1 ? call.path : call.path.slice(0, question),
    query: question === -1 ? '' : call.path.slice(question + 1),
    headers: call.headers,
    headerValues: (name) => (call.headers[name] === undefined ? [] : [call.headers[name]]),
    peer,
    signal,
    body: () => Promise.resolve(body),
    async *bodyStream() {
      yield body;
    },
  };
}

class InProcessResponse implements HttpResponse {
  started = false;
  status = 0;
  onFinished: () => void = () => undefined;
  readonly #early: Record<string, string> = {};
  readonly #resolve: (answer: InProcessAnswer) => void;
  readonly #ended: AbortController;
  #stream: Chunks | undefined;

  constructor(resolve: (answer: InProcessAnswer) => void, ended: AbortController) {
    this.#resolve = resolve;
    this.#ended = ended;
  }

  setHeader(name: string, value: string | readonly string[]): void {
    this.#early[name] = Array.isArray(value) ? value.join(', ') : (value as string);
  }

  send(status: number, headers: ResponseHeaders, body?: Uint8Array): void {
    this.#start(status, headers);
    this.onFinished();
    this.#resolve({ status, headers: this.#early, body: once(body) });
  }

  stream(status: number, headers: ResponseHeaders): ResponseStream {
    this.#start(status, headers);
    const chunks = new Chunks(() => {
      this.onFinished();
      this.#ended.abort();
    });
    this.#stream = chunks;
    this.#resolve({ status, headers: this.#early, body: chunks });
    return chunks;
  }

  cut(): void {
    this.#stream?.destroy();
  }

  #start(status: number, headers: ResponseHeaders): void {
    this.started = true;
    this.status = status;
    for (const [name, value] of Object.entries(headers))
      this.#early[name] = Array.isArray(value) ? value.join(', ') : String(value);
  }
}

async function* once(body: Uint8Array | undefined): AsyncIterable<Uint8Array> {
  if (body !== undefined && body.length > 0) yield body;
}

/** A queue of chunks between the handler and the one reader. Leaving the loop closes it. */
class Chunks implements ResponseStream, AsyncIterable<Uint8Array> {
  closed = false;
  unsentBytes = 0;
  readonly #chunks: Uint8Array[] = [];
  readonly #onClose: (() => void)[] = [];
  #wakeReader: (() => void) | undefined;
  readonly #waitingWriters: (() => void)[] = [];

  constructor(onClose: () => void) {
    this.#onClose.push(onClose);
  }

  write(chunk: Uint8Array): boolean {
    if (this.closed) return false;
    this.#chunks.push(chunk);
    this.unsentBytes += chunk.length;
    this.#wakeReader?.();
    return this.unsentBytes < STREAM_UNSENT_BYTES_MAX;
  }

  drained(): Promise<void> {
    if (this.closed || this.unsentBytes < STREAM_UNSENT_BYTES_MAX) return Promise.resolve();
    return new Promise((resolve) => this.#waitingWriters.push(resolve));
  }

  onClose(callback: () => void): void {
    if (this.closed) callback();
    else this.#onClose.push(callback);
  }

  end(): void {
    this.#close();
  }

  destroy(): void {
    this.#chunks.length = 0;
    this.#close();
  }

  async *[Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    try {
      for (;;) {
        const chunk = this.#chunks.shift();
        if (chunk !== undefined) {
          this.unsentBytes -= chunk.length;
          if (this.unsentBytes < STREAM_UNSENT_BYTES_MAX) for (const wake of this.#waitingWriters.splice(0)) wake();
          yield chunk;
        } else if (this.closed) return;
        else await new Promise<void>((resolve) => (this.#wakeReader = resolve));
      }
    } finally {
      this.destroy();
    }
  }

  #close(): void {
    if (this.closed) return;
    this.closed = true;
    this.#wakeReader?.();
    for (const wake of this.#waitingWriters.splice(0)) wake();
    for (const callback of this.#onClose.splice(0)) callback();
  }
}
