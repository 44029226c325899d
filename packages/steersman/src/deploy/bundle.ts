/** One JavaScript file of everything that runs inside the cluster. */
import { createHash } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ClusterError } from '@steersman/cluster';

/** The API package reads its tables from beside its sources; in the image they lie beside the bundle's folder. */
const TABLES = fileURLToPath(new URL('../facts/', import.meta.resolve('@steersman/api')));
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

/** Data files of the bundle: path in the image to path on this machine. */
export function dataForCluster(): Readonly<Record<string, string>> {
  const names = readdirSync(TABLES).filter((name) => name.endsWith('.json'));
  return Object.fromEntries(names.map((name) => [`facts/${name}`, join(TABLES, name)]));
}

/**
 * Changes whenever the sources do that go into the bundle: tells a node with an older image of the same name apart. Cheap,
 * because every `up` asks: names, sizes and times of the files, not their content.
 */
export function sourceFingerprint(): string {
  const hash = createHash('sha256');
  for (const name of [
    '@steersman/api',
    '@steersman/machinery',
    '@steersman/client',
    '@steersman/server',
    '@steersman/dns',
  ]) {
    const folder = fileURLToPath(new URL('.', import.meta.resolve(name)));
    for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
      const { size, mtimeMs } = statSync(join(folder, file));
      hash.update(`${name} ${file} ${size} ${mtimeMs}\n`);
    }
  }
  return hash.digest('hex').slice(0, 16);
}
