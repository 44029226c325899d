/** kube-proxy's two small HTTP servers: health for load balancers, metrics for scrapers. */

import { formatTime } from '@steersman/api';
import type { Effects } from '@steersman/machinery';
import { createListener, handleMetrics } from '@steersman/server';
import type { KubeProxy } from './proxy.ts';

/** Rules that are this much older than the newest change mean that the proxy is stuck. */
const STALE_MS = 60_000;

const JSON_TEXT = { 'content-type': 'application/json', 'x-content-type-options': 'nosniff' };

/** `/healthz` and `/livez` in upstream's format. */
export async function serveProxyHealth(
  proxy: KubeProxy,
  address: { readonly host: string; readonly port: number },
  { clock, log }: Effects,
  signal: AbortSignal,
): Promise<void> {
  const listener = createListener({
    log,
    handler: (request, response) => {
      if (request.path !== '/healthz' && request.path !== '/livez')
        return response.send(404, {}, Buffer.from('not found\n'));
      const behind = proxy.lastQueued > proxy.lastApplied && clock.now() - proxy.lastQueued > STALE_MS;
      const fine = proxy.lastApplied > 0 && !behind;
      const body = {
        lastUpdated: formatTime(proxy.lastApplied),
        currentTime: formatTime(clock.now()),
        nodeEligible: true,
      };
      response.send(fine ? 200 : 503, JSON_TEXT, Buffer.from(JSON.stringify(body)));
    },
  });
  await listener.listen(address);
  signal.addEventListener('abort', () => void listener.close());
}

/** `/metrics`, and `/proxyMode`, which conformance tests read. */
export async function serveProxyMetrics(
  address: { readonly host: string; readonly port: number },
  { log, metrics }: Effects,
  signal: AbortSignal,
): Promise<void> {
  const listener = createListener({
    log,
    handler: async (request, response) => {
      if (await handleMetrics(metrics, request, response)) return;
      if (request.path === '/proxyMode') return response.send(200, {}, Buffer.from('nftables'));
      response.send(404, {}, Buffer.from('not found\n'));
    },
  });
  await listener.listen(address);
  signal.addEventListener('abort', () => void listener.close());
}
