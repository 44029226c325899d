/** The DNS server put together: view, handler, sockets, health. */
import type { Client, Informers } from '@steersman/client';
import type { Effects } from '@steersman/machinery';
import { createListener, handleMetrics } from '@steersman/server';
import { networkExchange } from './adapters/exchange.ts';
import { type DnsListener, listenDns } from './adapters/listen.ts';
import { createForwarder, resolversOf } from './forward.ts';
import { createHandler } from './handler.ts';
import { clusterView } from './view.ts';

export interface DnsOptions {
  readonly client: Client;
  readonly informers: Informers;
  readonly effects: Effects;
  readonly clusterDomain: string;
  /** The Service address under which clients reach this DNS; answered for `ns.dns.<domain>`. */
  readonly serviceAddress: string;
  readonly bindAddress: string;
  readonly port: number;
  /** Text of the resolv.conf that names where other questions go. */
  readonly resolvConf: string;
  readonly signal: AbortSignal;
}

/** Resolves once the cluster's Services are known and the sockets are open; serves until the signal aborts. */
export async function startDns(options: DnsOptions): Promise<DnsListener> {
  const { effects, informers, signal } = options;
  const view = clusterView(informers);
  informers.start(signal);
  const servers = resolversOf(options.resolvConf, [options.serviceAddress]);
  const forwarder = createForwarder({ servers, exchange: networkExchange(effects.clock), effects });
  const serial = () => Math.floor(effects.clock.now() / 1000);
  const zone = { domain: options.clusterDomain.toLowerCase(), address: options.serviceAddress, serial };
  await informers.untilSynced(signal);
  const listener = await listenDns(
    options.bindAddress,
    options.port,
    createHandler({ view, zone, forwarder, effects }),
    effects,
  );
  signal.addEventListener('abort', () => void listener.close());
  effects.log.info('DNS is serving.', { port: listener.port, domain: zone.domain, forwardTo: servers });
  return listener;
}

/** Health on `:8080/health`, readiness on `:8181/ready`, metrics on `:9153/metrics`: the ports upstream's add-on uses. */
export async function serveDnsHealth(
  address: string,
  ready: () => boolean,
  { log, metrics }: Effects,
  signal: AbortSignal,
): Promise<void> {
  const text = { 'content-type': 'text/plain; charset=utf-8' };
  const pages: readonly (readonly [number, string, () => boolean])[] = [
    [8080, '/health', () => true],
    [8181, '/ready', ready],
  ];
  const listeners = pages.map(([port, path, fine]) => ({
    port,
    listener: createListener({
      log,
      handler: (request, response) => {
        if (request.path !== path) response.send(404, text, Buffer.from('not found\n'));
        else if (fine()) response.send(200, text, Buffer.from('OK'));
        else response.send(503, text, Buffer.from('waiting for the first list of Services\n'));
      },
    }),
  }));
  const scraped = createListener({
    log,
    handler: async (request, response) => {
      if (!(await handleMetrics(metrics, request, response))) response.send(404, text, Buffer.from('not found\n'));
    },
  });
  for (const { port, listener } of [...listeners, { port: 9153, listener: scraped }]) {
    await listener.listen({ host: address, port });
    signal.addEventListener('abort', () => void listener.close());
  }
}
