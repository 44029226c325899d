/** Requests as they are on the wire, for what depends on headers, media types and query parameters. */
import type { Trial } from './contract.ts';
import { ConformanceError, show } from './expect.ts';

export interface RawAnswer {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Uint8Array;
  readonly text: string;
  json<T>(): T;
}

export interface RawRequest {
  readonly method?: string;
  readonly accept?: string;
  readonly contentType?: string;
  /** Text as it is; anything else as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Sends one request and reads the whole answer, whatever its status. */
export async function raw({ client, signal }: Trial, path: string, request: RawRequest = {}): Promise<RawAnswer> {
  const { method = 'GET', accept = 'application/json', contentType = 'application/json', body, headers } = request;
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const response = await client.transport.request({
    method,
    path,
    headers: { accept, ...(body === undefined ? {} : { 'content-type': contentType }), ...headers },
    ...(body === undefined ? {} : { body: Buffer.from(text) }),
    signal,
  });
  const chunks: Uint8Array[] = [];
  for await (const chunk of response.body) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  return {
    status: response.status,
    headers: response.headers,
    bytes,
    text: bytes.toString('utf8'),
    json: <T>() => JSON.parse(bytes.toString('utf8')) as T,
  };
}

/** As `raw`, failing unless the answer has this status. */
export async function rawExpecting(
  trial: Trial,
  status: number,
  path: string,
  request: RawRequest = {},
): Promise<RawAnswer> {
  const answer = await raw(trial, path, request);
  if (answer.status === status) return answer;
  const what = `${request.method ?? 'GET'} ${path}`;
  throw new ConformanceError(`${what}: expected status ${status}, got ${answer.status} ${show(answer.text)}`);
}
