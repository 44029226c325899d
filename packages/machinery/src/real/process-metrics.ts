import { collectDefaultMetrics, Registry } from 'prom-client';

/**
 * Text of the process's own metrics (process_cpu_seconds_total, process_resident_memory_bytes, nodejs_*). Collected only
 * from the first scrape on: the event loop probes cost a little, and most processes are never scraped.
 */
export function processMetrics(): () => Promise<string> {
  let registry: Registry | undefined;
  return async () => {
    if (registry === undefined) {
      registry = new Registry();
      collectDefaultMetrics({ register: registry });
    }
    return registry.metrics();
  };
}
