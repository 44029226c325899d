import type { Effects } from '@steersman/machinery';
import {
  createHealthEndpoints,
  createListener,
  type FlagValues,
  handleMetrics,
  type Listener,
} from '@steersman/server';
import { readTextFile } from './adapters/machine.ts';

/** Serves /healthz, /livez and /readyz to all, and /metrics to clients with a certificate, as the flags say. */
export async function serve(values: FlagValues, effects: Effects): Promise<Listener | undefined> {
  const [certificate, key, authority] = ['tls-cert-file', 'tls-private-key-file', 'client-ca-file'].map((flag) => {
    const path = values.string(flag);
    return path === '' ? undefined : readTextFile(path, flag);
  });
  if (values.number('secure-port') === 0 || certificate === undefined || key === undefined) return undefined;
  const health = createHealthEndpoints();
  const text = { 'content-type': 'text/plain; charset=utf-8' };
  const listener = createListener({
    log: effects.log,
    tls: { certificate, key, ...(authority !== undefined && { clientCertificateAuthority: authority }) },
    async handler(request, response) {
      if (await health.handle(request, response)) return;
      if (request.path === '/metrics' && request.peer.certificate?.verified !== true)
        response.send(401, text, Buffer.from('Unauthorized'));
      else if (!(await handleMetrics(effects.metrics, request, response)))
        response.send(404, text, Buffer.from('404 page not found'));
    },
  });
  await listener.listen({ host: values.string('bind-address'), port: values.number('secure-port') });
  return listener;
}
