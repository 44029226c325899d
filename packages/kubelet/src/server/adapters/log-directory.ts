import { createReadStream } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';

export type LogPath =
  | { readonly kind: 'directory'; readonly entries: readonly string[] }
  | { readonly kind: 'file'; readonly chunks: AsyncIterable<Uint8Array> };

/** What lies under the root; undefined for what does not exist or leads out of it, by `..` or by a link. */
export async function openLogPath(root: string, segments: readonly string[]): Promise<LogPath | undefined> {
  if (segments.some((segment) => segment === '..' || segment.includes('\0') || segment.includes('/'))) return undefined;
  try {
    const home = await realpath(root);
    const path = await realpath(join(home, ...segments));
    if (path !== home && !path.startsWith(home + sep)) return undefined;
    const stats = await stat(path);
    if (stats.isFile()) return { kind: 'file', chunks: createReadStream(path) };
    if (!stats.isDirectory()) return undefined;
    const entries = await readdir(path, { withFileTypes: true });
    return {
      kind: 'directory',
      entries: entries.map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name)),
    };
  } catch {
    return undefined;
  }
}
