/** A request and a response that remember what passed through them. */
import {
  decodeEnvelope,
  decodeEnvelopedObject,
  isEnvelope,
  parseApiVersion,
  parseJson,
  parseYamlDocuments,
  schemaFor,
} from '@steersman/api';
import type { HttpRequest, HttpResponse, ResponseHeaders, ResponseStream } from '@steersman/server';

export class RecordingRequest implements HttpRequest {
  readonly #request: HttpRequest;
  /** The body, once somebody has read it. */
  bytes: Uint8Array | undefined;

  constructor(request: HttpRequest) {
    this.#request = request;
  }
  get method() {
    return this.#request.method;
  }
  get path() {
    return this.#request.path;
  }
  get query() {
    return this.#request.query;
  }
  get headers() {
    return this.#request.headers;
  }
  get peer() {
    return this.#request.peer;
  }
  get signal() {
    return this.#request.signal;
  }
  headerValues(name: string): readonly string[] {
    return this.#request.headerValues(name);
  }
  async body(limit?: number): Promise<Uint8Array> {
    this.bytes = await this.#request.body(limit);
    return this.bytes;
  }
  bodyStream(): AsyncIterable<Uint8Array> {
    return this.#request.bodyStream();
  }
}

export class RecordingResponse implements HttpResponse {
  readonly #response: HttpResponse;
  readonly #started: () => void;
  /** What was sent in one piece. */
  bytes: Uint8Array | undefined;
  #stream: ResponseStream | undefined;

  /** `started` is called when an answer that goes on has begun. */
  constructor(response: HttpResponse, started: () => void) {
    this.#response = response;
    this.#started = started;
  }
  get started() {
    return this.#response.started;
  }
  get status() {
    return this.#response.status;
  }
  setHeader(name: string, value: string | readonly string[]): void {
    this.#response.setHeader(name, value);
  }
  send(status: number, headers: ResponseHeaders, body?: Uint8Array): void {
    this.bytes = body;
    this.#response.send(status, headers, body);
  }
  stream(status: number, headers: ResponseHeaders): ResponseStream {
    this.#stream = this.#response.stream(status, headers);
    this.#started();
    return this.#stream;
  }

  /** Calls back when the last of the answer has been given: now, or when the stream ends. */
  whenComplete(callback: () => void): void {
    if (this.#stream === undefined || this.#stream.closed) callback();
    else this.#stream.onClose(callback);
  }
}

/** The object that bytes hold, whatever their encoding; undefined when they hold none. */
export function objectIn(bytes: Uint8Array | undefined, omitManagedFields: boolean): unknown {
  if (bytes === undefined || bytes.length === 0) return undefined;
  const object = decoded(bytes);
  return omitManagedFields ? withoutManagedFields(object) : object;
}

function decoded(bytes: Uint8Array): unknown {
  try {
    if (!isEnvelope(bytes)) {
      const text = Buffer.from(bytes).toString('utf8');
      return /^\s*[[{]/.test(text) ? parseJson(text) : parseYamlDocuments(text)[0];
    }
    const { apiVersion, kind } = decodeEnvelope(bytes);
    const schema = schemaFor({ ...parseApiVersion(apiVersion), kind });
    return schema === undefined ? undefined : decodeEnvelopedObject(bytes, schema);
  } catch {
    return undefined; // The request was refused for it.
  }
}

function withoutManagedFields(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const { metadata, items, ...rest } = value as { readonly metadata?: object; readonly items?: unknown };
  const { managedFields: _dropped, ...kept } = (metadata ?? {}) as { readonly managedFields?: unknown };
  return {
    ...rest,
    ...(metadata === undefined ? {} : { metadata: kept }),
    ...(items === undefined ? {} : { items: Array.isArray(items) ? items.map(withoutManagedFields) : items }),
  };
}
