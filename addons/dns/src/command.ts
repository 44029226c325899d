import { readFileSync } from 'node:fs';
import { createClient, createHttpTransport, createInformers, inClusterConfig, loadKubeconfig } from '@steersman/client';
import type { ComponentCommand } from '@steersman/server';
import { serveDnsHealth, startDns } from './start.ts';

/** `steersman cluster-dns`: what the kube-dns Deployment runs. */
export const command: ComponentCommand = {
  name: 'cluster-dns',
  summary: 'Answers DNS for Services and pods, and forwards every other name to the resolvers of the node.',
  flags: [
    {
      name: 'kubeconfig',
      type: 'string',
      default: '',
      help: 'Path to a kubeconfig; inside a pod its service account is used.',
    },
    { name: 'domain', type: 'string', default: 'cluster.local', help: 'The cluster domain.' },
    { name: 'service-address', type: 'string', default: '10.96.0.10', help: 'The cluster IP of the DNS Service.' },
    { name: 'bind-address', type: 'string', default: '0.0.0.0', help: 'The address to serve on.' },
    { name: 'port', type: 'int', default: 53, help: 'The port for UDP and TCP.' },
    {
      name: 'resolv-conf',
      type: 'string',
      default: '/etc/resolv.conf',
      help: 'The file that names the resolvers to forward to.',
    },
    {
      name: 'health',
      type: 'bool',
      default: true,
      help: 'Serve /health on 8080, /ready on 8181 and /metrics on 9153.',
    },
  ],
  async run(flags, effects, signal) {
    const path = flags.string('kubeconfig');
    const transport = createHttpTransport(path === '' ? inClusterConfig(process.env) : loadKubeconfig(path));
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
