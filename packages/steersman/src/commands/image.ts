import { createReadStream, existsSync } from 'node:fs';
import {
  type ClusterConfig,
  ClusterError,
  imageNames,
  importImages,
  type Layout,
  readClusterConfig,
  runningHost,
} from '@steersman/cluster';
import type { ArgumentCommand } from '../cli/command-line.ts';
import { LOCATION_FLAGS, locationOf } from '../cli/location.ts';

/** `steersman image load FILE...` and `steersman image list`. */
export const command: ArgumentCommand = {
  name: 'image',
  summary:
    'image load FILE... puts images (OCI archives, or what `docker save` writes; - is standard input) on every node; image list shows what pods can use without a registry.',
  flags: LOCATION_FLAGS,
  async run(flags, _effects, _signal, [action, ...files]) {
    const { layout } = locationOf(flags);
    const nodes = runningNodes(layout);
    if (action === 'list' || action === 'ls') await list(nodes);
    else if (action === 'load' && files.length > 0) await load(nodes, files);
    else throw new ClusterError('invalid-option', 'use: steersman image load FILE... or steersman image list');
  },
};

interface RunningNode {
  readonly name: string;
  readonly host: { readonly init: NonNullable<ReturnType<typeof runningHost>> };
}

function runningNodes(layout: Layout): readonly RunningNode[] {
  const config: ClusterConfig | undefined = readClusterConfig(layout);
  if (config === undefined)
    throw new ClusterError('invalid-option', `there is no cluster in ${layout.folder}; run: steersman up`);
  if (config.runtime === 'simulated') {
    throw new ClusterError('unsupported', 'simulated nodes run no images; every image name is accepted there');
  }
  const nodes = config.nodes.flatMap(({ name }) => {
    const init = runningHost(layout.node(name).folder);
    return init === undefined ? [] : [{ name, host: { init } }];
  });
  if (nodes.length === 0) throw new ClusterError('unsupported', 'the cluster is not running; run: steersman up');
  return nodes;
}

async function list(nodes: readonly RunningNode[]): Promise<void> {
  const names = new Map<string, string[]>();
  for (const { name, host } of nodes) {
    for (const image of await imageNames(host)) names.set(image, [...(names.get(image) ?? []), name]);
  }
  const lines = [...names]
    .sort()
    .map(([image, on]) => (on.length === nodes.length ? image : `${image}  (only on ${on.join(', ')})`));
  process.stdout.write(`${lines.join('\n')}\n`);
}

async function load(nodes: readonly RunningNode[], files: readonly string[]): Promise<void> {
  const absent = files.find((file) => file !== '-' && !existsSync(file));
  if (absent !== undefined) throw new ClusterError('invalid-option', `${absent} does not exist`);
  if (files.includes('-') && nodes.length > 1) {
    throw new ClusterError('unsupported', 'standard input can be loaded into one node only; write it to a file first');
  }
  for (const file of files) {
    for (const { host } of nodes) {
      await importImages(host, file === '-' ? process.stdin : createReadStream(file, { highWaterMark: 1 << 20 }));
    }
    process.stdout.write(`loaded ${file} into ${nodes.length === 1 ? nodes[0]!.name : `${nodes.length} nodes`}\n`);
  }
}
