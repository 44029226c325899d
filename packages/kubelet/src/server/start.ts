import { createListener } from '@steersman/server';
import type { KubeletServerTls } from './contract.ts';
import { createKubeletHandler, type KubeletHandlerOptions } from './handler.ts';

/** Upstream's port. */
export const KUBELET_PORT = 10_250;

export interface KubeletServerOptions extends KubeletHandlerOptions {
  readonly tls: KubeletServerTls;
  readonly host?: string;
  /** `KUBELET_PORT` when absent; 0 lets the system choose. */
  readonly port?: number;
}

export interface KubeletServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Serves the kubelet's API over HTTPS. Throws ServerError when the port is taken. */
export async function startKubeletServer(options: KubeletServerOptions): Promise<KubeletServer> {
  const { certificate, key, clientCa } = options.tls;
  const listener = createListener({
    handler: createKubeletHandler(options),
    log: options.effects.log,
    tls: { certificate, key, ...(clientCa !== undefined && { clientCertificateAuthority: clientCa }) },
  });
  const { port } = await listener.listen({ host: options.host ?? '0.0.0.0', port: options.port ?? KUBELET_PORT });
  return { port, close: () => listener.close() };
}
