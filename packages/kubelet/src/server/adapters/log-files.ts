import { open, stat } from 'node:fs/promises';
import type { LogFile, LogFiles } from '../container-log/read.ts';

const absent = (error: unknown) => (error as NodeJS.ErrnoException).code === 'ENOENT';
const identity = (stats: { readonly dev: bigint; readonly ino: bigint }) => `${stats.dev}:${stats.ino}`;

/** Log files on disk. */
export const diskLogFiles: LogFiles = {
  async open(path): Promise<LogFile | undefined> {
    try {
      const handle = await open(path, 'r');
      return {
        identity: identity(await handle.stat({ bigint: true })),
        size: async () => (await handle.stat()).size,
        async read(offset, length) {
          const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(length), 0, length, offset);
          return buffer.subarray(0, bytesRead);
        },
        close: () => handle.close(),
      };
    } catch (error) {
      if (absent(error)) return undefined;
      throw error;
    }
  },
  async identityOf(path) {
    try {
      return identity(await stat(path, { bigint: true }));
    } catch (error) {
      if (absent(error)) return undefined;
      throw error;
    }
  },
};
