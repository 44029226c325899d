import type { Client } from '@steersman/client';
import type { Clock, Effects, Random } from '@steersman/machinery';
import type { UserInfo } from '../authentication/contract.ts';
import type { Exchange } from '../pipeline/exchange.ts';
import type { ServerConfig } from '../server-config.ts';
import type { RequestContext } from './contract.ts';

export interface ContextSource {
  readonly effects: Effects;
  readonly config: ServerConfig;
  readonly client: Client;
}

/** What strategies and admission see of one request. A class, because the signal is made only when somebody asks. */
export class ExchangeContext implements RequestContext {
  readonly user: UserInfo;
  readonly namespace: string;
  readonly name: string;
  readonly operation: RequestContext['operation'];
  readonly subresource: string;
  readonly dryRun: boolean;
  readonly clock: Clock;
  readonly random: Random;
  readonly client: Client;
  readonly config: ServerConfig;
  readonly #exchange: Exchange;

  constructor(
    source: ContextSource,
    exchange: Exchange,
    about: Pick<RequestContext, 'namespace' | 'name' | 'operation' | 'subresource' | 'dryRun'>,
  ) {
    this.user = exchange.user;
    this.namespace = about.namespace;
    this.name = about.name;
    this.operation = about.operation;
    this.subresource = about.subresource;
    this.dryRun = about.dryRun;
    this.clock = source.effects.clock;
    this.random = source.effects.random;
    this.client = source.client;
    this.config = source.config;
    this.#exchange = exchange;
  }

  get signal(): AbortSignal {
    return this.#exchange.request.signal;
  }
  warn(message: string): void {
    this.#exchange.warnings.push(message);
  }
  annotate(key: string, value: string): void {
    const annotations = this.#exchange.auditAnnotations;
    if (annotations !== undefined) annotations[key] = value;
  }
}

/** The same as an object of its own, for whoever wants to add to it. */
export function plainContext(context: RequestContext): RequestContext {
  const { user, namespace, name, operation, subresource, dryRun, clock, random, client, config } = context;
  return {
    user,
    namespace,
    name,
    operation,
    subresource,
    dryRun,
    clock,
    random,
    client,
    config,
    warn: (message) => context.warn(message),
    annotate: (key, value) => context.annotate?.(key, value),
    get signal() {
      return context.signal;
    },
  };
}
