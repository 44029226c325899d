import type { Metrics } from '@steersman/machinery';
import type { HttpRequest, HttpResponse } from './http-contract.ts';

/** Answers /metrics in the Prometheus text format; false for any other path. */
export async function handleMetrics(metrics: Metrics, request: HttpRequest, response: HttpResponse): Promise<boolean> {
  if (request.path !== '/metrics') return false;
  const text = await metrics.expose();
  response.send(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }, Buffer.from(text));
  return true;
}
