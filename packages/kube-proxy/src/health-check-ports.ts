/**
 * Health checks for load balancers: a Service of type LoadBalancer with externalTrafficPolicy Local names a port on which
 * every node says how many of its endpoints run there.
 */
import type { Effects } from '@steersman/machinery';
import { createListener, type Listener } from '@steersman/server';
import type { ServicePort } from './contract.ts';

export interface LocalHealth {
  readonly namespace: string;
  readonly name: string;
  readonly localEndpoints: number;
}

/** What is served where: by port, the endpoints of its Service on this node, each address counted once. */
export function healthByPort(ports: readonly ServicePort[]): ReadonlyMap<number, LocalHealth> {
  const addresses = new Map<number, Set<string>>();
  const owners = new Map<number, ServicePort>();
  for (const port of ports) {
    if (port.healthCheckPort === undefined) continue;
    const known = addresses.get(port.healthCheckPort) ?? new Set();
    for (const { address } of port.localEndpoints) known.add(address);
    addresses.set(port.healthCheckPort, known);
    owners.set(port.healthCheckPort, port);
  }
  return new Map(
    [...owners].map(([number, { namespace, name }]) => [
      number,
      { namespace, name, localEndpoints: addresses.get(number)?.size ?? 0 },
    ]),
  );
}

/** The answer in upstream's format: 200 when there is a local endpoint, else 503. */
export function healthAnswer(health: LocalHealth): { readonly status: number; readonly body: string } {
  const { namespace, name, localEndpoints } = health;
  const body = { service: { namespace, name }, localEndpoints, serviceProxyHealthy: true };
  return { status: localEndpoints > 0 ? 200 : 503, body: JSON.stringify(body) };
}

/** Keeps one listener per health check port; the returned function takes the ports as they are now. */
export function healthCheckServers(
  { log }: Effects,
  signal: AbortSignal,
): (ports: readonly ServicePort[]) => Promise<void> {
  const listeners = new Map<number, Listener>();
  let current: ReadonlyMap<number, LocalHealth> = new Map();
  const close = async (port: number) => {
    const listener = listeners.get(port);
    listeners.delete(port);
    await listener?.close();
  };
  signal.addEventListener('abort', () => {
    for (const port of [...listeners.keys()]) void close(port);
  });

  async function open(port: number): Promise<void> {
    const listener = createListener({
      log,
      handler: (_request, response) => {
        const health = current.get(port);
        const { status, body } = health === undefined ? { status: 503, body: '{}' } : healthAnswer(health);
        response.send(status, { 'content-type': 'application/json' }, Buffer.from(`${body}\n`));
      },
    });
    try {
      await listener.listen({ host: '0.0.0.0', port });
      listeners.set(port, listener);
    } catch (error) {
      log.error('A health check port of a load balancer is taken', { port, error: String(error) });
    }
  }

  return async (ports) => {
    current = healthByPort(ports);
    for (const port of [...listeners.keys()]) if (!current.has(port)) await close(port);
    for (const port of current.keys()) if (!listeners.has(port) && !signal.aborted) await open(port);
  };
}
