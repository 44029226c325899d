import { readFileSync } from 'node:fs';
import { createClient, createHttpTransport, createInformers, serverConfig } from '@steersman/client';
import { type ComponentCommand, kubeconfigFlag, textFlag } from '@steersman/server';
import { serveDnsHealth, startDns } from './start.ts';

/** `steersman cluster-dns`: what the kube-dns Deployment runs. */
export const command: ComponentCommand = {
  name: 'cluster-dns',
  summary: 'Answers DNS for Services and pods, and forwards every other name to the resolvers of the node.',
  flags: [
    kubeconfigFlag,
    textFlag('domain', 'The cluster domain.', 'cluster.local'),
    textFlag('service-address', 'The cluster IP of the DNS Service.', '10.96.0.10'),
    textFlag('bind-address', 'The address to serve on.', '0.0.0.0'),
    { name: 'port', type: 'int', default: 53, help: 'The port for UDP and TCP.' },
    textFlag('resolv-conf', 'The file that names the resolvers to forward to.', '/etc/resolv.conf'),
    {
      name: 'health',
      type: 'bool',
      default: true,
      help: 'Serve /health on 8080, /ready on 8181 and /metrics on 9153.',
    },
  ],
  async run(flags, effects, signal) {
    const transport = createHttpTransport(serverConfig({ kubeconfig: flags.string('kubeconfig') }));
    const client = createClient(transport, { userAgent: 'steersman-dns' });
    const informers = createInformers({ client, effects });
    let ready = false;
    const address = flags.string('bind-address');
    if (flags.bool('health')) await serveDnsHealth(address, () => ready, effects, signal);
    await startDns({
      client,
      informers,
      effects,
      signal,
      clusterDomain: flags.string('domain'),
      serviceAddress: flags.string('service-address'),
      bindAddress: address,
      port: flags.number('port'),
      resolvConf: readFileSync(flags.string('resolv-conf'), 'utf8'),
    });
    ready = true;
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    await transport.close();
  },
};
