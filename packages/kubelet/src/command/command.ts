/** `steersman kubelet`, with upstream's flags. */
import { parseYamlDocuments } from '@steersman/api';
import { createClient, createHttpTransport, loadKubeconfig } from '@steersman/client';
import type { ComponentCommand } from '@steersman/server';
import { realDisk } from '../adapters/disk.ts';
import { startNodeKubelet } from './adapters/node-kubelet.ts';
import { configOf, flags, KubeletConfigError } from './config.ts';

const CONFIG_BYTES_MAX = 1024 * 1024;

async function configFile(path: string): Promise<Readonly<Record<string, unknown>> | undefined> {
  if (path === '') return undefined;
  const bytes = await realDisk.readTail(path, CONFIG_BYTES_MAX);
  if (bytes === undefined)
    throw new KubeletConfigError(`--config: ${path} does not exist; give a KubeletConfiguration file`);
  return parseYamlDocuments(new TextDecoder().decode(bytes))[0] as Readonly<Record<string, unknown>>;
}

export const command: ComponentCommand = {
  name: 'kubelet',
  summary: 'Runs the pods of one node.',
  flags,
  async run(values, effects, signal) {
    const config = configOf(values, await configFile(values.string('config')));
    if (config.kubeconfig === '')
      throw new KubeletConfigError('--kubeconfig is missing; give the kubeconfig of this node');
    const transport = createHttpTransport(loadKubeconfig(config.kubeconfig));
    const client = createClient(transport, { userAgent: 'kubelet', clock: effects.clock });
    try {
      const kubelet = await startNodeKubelet({ client, effects, signal, config });
      await kubelet.stopped;
    } finally {
      await transport.close();
    }
  },
};
