import type { HealthEndpoints } from '@steersman/server';
import type { ApiServerOptions } from './server-options.ts';

/** The checks that upstream has beside those of its hooks, under its names. */
export function addHealthChecks(
  health: HealthEndpoints,
  storage: ApiServerOptions['storage'],
  ending: () => boolean,
): void {
  const etcd = () => storage.currentRevision().then(() => undefined, String);
  health.add({ name: 'log', check: () => undefined });
  health.add({ name: 'etcd', check: etcd });
  health.add({ name: 'etcd-readiness', check: etcd }, ['readyz']);
  health.add({ name: 'informer-sync', check: () => undefined }, ['readyz']); // Caches are full before anything is served.
  health.add({ name: 'shutdown', check: () => (ending() ? 'process is shutting down' : undefined) }, ['readyz']);
}
