/** Tar archives as streams, with nothing of the machine in them: owner root, time zero. */
import { type Header, type Pack, pack } from 'tar-stream';

export interface TarEntry {
  readonly path: string;
  readonly type?: 'file' | 'directory' | 'symlink';
  readonly mode?: number;
  /** Where a symlink points to. */
  readonly target?: string;
  /** Bytes of `content` when that is a function; otherwise ignored. */
  readonly size: number;
  readonly content?: Uint8Array | (() => AsyncIterable<Uint8Array>);
}

const EPOCH = new Date(0);

/** Writes the entries in the order given. */
export async function* tarOf(entries: readonly TarEntry[]): AsyncIterable<Uint8Array> {
  const archive = pack();
  const writing = writeEntries(archive, entries).catch((error: unknown) => archive.destroy(error as Error));
  for await (const chunk of archive) yield chunk as Uint8Array;
  await writing;
}

async function writeEntries(archive: Pack, entries: readonly TarEntry[]): Promise<void> {
  for (const entry of entries) {
    if (typeof entry.content === 'function') await writeStreamed(archive, entry, entry.content());
    else await writeWhole(archive, entry, entry.content ?? new Uint8Array());
  }
  archive.finalize();
}

function headerOf(entry: TarEntry, size: number): Partial<Header> & Pick<Header, 'name'> {
  const type = entry.type ?? 'file';
  const mode = entry.mode ?? (type === 'file' ? 0o644 : 0o755);
  const target = entry.target === undefined ? {} : { linkname: entry.target };
  return { name: entry.path, type, mode, size, mtime: EPOCH, uid: 0, gid: 0, ...target };
}

function writeWhole(archive: Pack, entry: TarEntry, content: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    archive.entry(headerOf(entry, content.length), content, (error) => (error ? reject(error) : resolve()));
  });
}

async function writeStreamed(archive: Pack, entry: TarEntry, content: AsyncIterable<Uint8Array>): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const sink = archive.entry(headerOf(entry, entry.size), (error) => (error ? reject(error) : resolve()));
  for await (const chunk of content) {
    if (!sink.write(chunk)) await new Promise<void>((drained) => sink.once('drain', drained));
  }
  sink.end(undefined);
  await promise;
}
