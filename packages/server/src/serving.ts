/** The port of a component that serves nothing but how it is. */
import type { Effects } from '@steersman/machinery';
import { flagFile } from './adapters/flag-file.ts';
import { createListener, type Listener } from './adapters/listener.ts';
import type { Flag, FlagValues } from './contract.ts';
import { ignoredFlag, textFlag } from './flag-makers.ts';
import { createHealthEndpoints } from './health.ts';
import type { HttpHandler } from './http-contract.ts';
import { handleMetrics } from './metrics-endpoint.ts';

const TEXT = { 'content-type': 'text/plain; charset=utf-8' };

export function servingFlags({ port }: { readonly port: number }): readonly Flag[] {
  return [
    textFlag('bind-address', 'The address to serve health and metrics on.', '0.0.0.0'),
    {
      name: 'secure-port',
      type: 'int',
      default: port,
      help: 'The port to serve health and metrics on; nothing is served when 0, or without --tls-cert-file.',
    },
    textFlag('tls-cert-file', 'The certificate to serve with.'),
    textFlag('tls-private-key-file', 'The key of --tls-cert-file.'),
    textFlag('client-ca-file', 'The authority of clients that may read metrics.'),
    ignoredFlag('authentication-kubeconfig', 'The kubeconfig for authentication of requests to this component.'),
    ignoredFlag('authorization-kubeconfig', 'The kubeconfig for authorization of requests to this component.'),
    ignoredFlag('requestheader-client-ca-file', 'The authority of front proxies.'),
    ignoredFlag('profiling', 'Whether profiles are served.', 'bool'),
  ];
}

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
 * port is 0 or there is no certificate to serve with. Throws ServerError.
 */
export async function startServing(values: FlagValues, effects: Effects): Promise<Listener | undefined> {
  const certificate = flagFile(values, 'tls-cert-file');
  const key = flagFile(values, 'tls-private-key-file');
  const clientCertificateAuthority = flagFile(values, 'client-ca-file');
  const port = values.number('secure-port');
  if (port === 0 || certificate === undefined || key === undefined) return undefined;
  const tls = { certificate, key, ...(clientCertificateAuthority === undefined ? {} : { clientCertificateAuthority }) };
  const listener = createListener({ handler: servingHandler(effects), log: effects.log, tls });
  await listener.listen({ host: values.string('bind-address'), port });
  return listener;
}
