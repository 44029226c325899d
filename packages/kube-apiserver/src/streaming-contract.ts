/**
 * Endpoints that stream or change protocol: log, exec, attach, portforward, and the node, pod and service proxies.
 * By the time a handler is called, the request is authenticated, authorized and counted.
 */
import type { Client } from '@steersman/client';
import type { Effects } from '@steersman/machinery';
import type { HttpRequest, HttpResponse, UpgradeSocket } from '@steersman/server';
import type { UserInfo } from './authentication/contract.ts';
import type { ServerConfig } from './server-config.ts';

export interface StreamRequest {
  readonly user: UserInfo;
  /** Upstream's verb for the method: get, create, update, patch, delete ... */
  readonly verb: string;
  readonly namespace: string;
  /** Still with a proxy's `scheme:name:port` form, percent-decoded. */
  readonly name: string;
  /** What follows `/proxy`, with its leading slash and still encoded; empty elsewhere. */
  readonly rest: string;
  readonly parameters: URLSearchParams;
  readonly http: HttpRequest;
  readonly response: HttpResponse;
  /** Set when the client asked to change protocol. */
  readonly upgrade: UpgradeSocket | undefined;
  readonly signal: AbortSignal;
}

/** An error thrown before the response has started becomes a Status. */
export interface StreamHandler {
  readonly group: string;
  /** Plural. */
  readonly resource: string;
  readonly subresource: string;
  /** HTTP methods it serves, such as GET and POST for exec. Others answer 405. */
  readonly methods: readonly string[];
  handle(request: StreamRequest): Promise<void>;
}

export interface StreamDependencies {
  readonly effects: Effects;
  readonly config: ServerConfig;
  /** As the server itself, in-process. */
  readonly client: Client;
}

/** What src/streaming/index.ts exports as `streamHandlers`. */
export type StreamHandlers = (dependencies: StreamDependencies) => readonly StreamHandler[];
