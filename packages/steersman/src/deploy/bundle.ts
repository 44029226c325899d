/** One JavaScript file of everything that runs inside the cluster. */
import { fileURLToPath } from 'node:url';
import { ClusterError } from '@steersman/cluster';

const ENTRY = fileURLToPath(new URL('../in-cluster.ts', import.meta.url));

/** Bundles the in-cluster entry with all it imports. The bundler is loaded only here. */
export async function bundleForCluster(): Promise<Uint8Array> {
  const { rolldown } = await import('rolldown');
  const build = await rolldown({
    input: ENTRY,
    platform: 'node',
    resolve: { conditionNames: ['steersman-source', 'node', 'import', 'default'] },
    logLevel: 'silent',
  });
  try {
    const { output } = await build.generate({ format: 'esm', codeSplitting: false });
    const [chunk] = output;
    if (chunk === undefined) throw new ClusterError('program-failed', 'the bundle for the cluster is empty');
    return Buffer.from(chunk.code);
  } finally {
    await build.close();
  }
}
