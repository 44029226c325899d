import type { Effects } from '@steersman/machinery';
import {
  createHealthEndpoints,
  createListener,
  type FlagValues,
  type HttpHandler,
  handleMetrics,
  type Listener,
} from '@steersman/server';
import { readTextFile } from './adapters/machine.ts';

const TEXT = { 'content-type': 'text/plain; charset=utf-8' };

/** Health for everyone, metrics for clients whose certificate the authority vouches for, and nothing else. */
export function servingHandler(effects: Pick<Effects, 'metrics'>): HttpHandler {
  const health = createHealthEndpoints();
  return async (request, response) => {
    if (await health.handle(request, response)) return;
    const known = request.peer.certificate?.verified === true;
    if (request.path === '/metrics' && !known) return response.send(401, TEXT, Buffer.from('Unauthorized'));
    if (await handleMetrics(effects.metrics, request, response)) return;
    response.send(404, TEXT, Buffer.from('404 page not found'));
  };
}

/**
 * Opens `--secure-port`, also while another instance leads, so that a probe finds the process alive. Undefined when the
 * port is 0 or there is no certificate to serve with.
 */
export async function startServing(values: FlagValues, effects: Effects): Promise<Listener | undefined> {
  const file = (flag: string) => (values.string(flag) === '' ? undefined : readTextFile(values.string(flag), flag));
  const certificate = file('tls-cert-file');
  const key = file('tls-private-key-file');
  const clientCertificateAuthority = file('client-ca-file');
  const port = values.number('secure-port');
  if (port === 0 || certificate === undefined || key === undefined) return undefined;
  const tls = { certificate, key, ...(clientCertificateAuthority === undefined ? {} : { clientCertificateAuthority }) };
  const listener = createListener({ handler: servingHandler(effects), log: effects.log, tls });
  await listener.listen({ host: values.string('bind-address'), port });
  return listener;
}
