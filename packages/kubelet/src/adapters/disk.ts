/** The real disk. Mounts by the programs `mount` and `umount`. */

import { execFile } from 'node:child_process';
import type { Stats } from 'node:fs';
import {
  chmod,
  chown,
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  statfs,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Disk, FileContent, FileKind } from '../host/disk.ts';
import { messageOf } from '../runtime/error.ts';
import { publish } from './atomic-writer.ts';

const run = promisify(execFile);

/** An operation on the node's disk that did not work; the message names the path. */
export class DiskError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'DiskError';
  }
}

export const realDisk: Disk = {
  makeDirectory,
  async kindOf(path) {
    const found = await orMissing(stat(path));
    return found === undefined ? undefined : kindOf(found);
  },
  readTail,
  write,
  list: async (path) => (await orMissing(readdir(path))) ?? [],
  publish,
  giveToGroup,
  resolveInside,
  async mountTmpfs(path, sizeBytes) {
    if (await isMounted(path)) return;
    const options = sizeBytes === undefined ? 'mode=1777' : `mode=1777,size=${sizeBytes}`;
    await program('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', path]);
  },
  remove,
  rename,
  sizeOf: async (path) => (await orMissing(stat(path)))?.size ?? 0,
  async capacity(path) {
    const { bsize, blocks, bavail, files, ffree } = await statfs(path);
    return { capacityBytes: bsize * blocks, availableBytes: bsize * bavail, inodes: files, inodesFree: ffree };
  },
};

async function makeDirectory(path: string, mode?: number): Promise<void> {
  const made = await mkdir(path, { recursive: true });
  if (mode !== undefined && (made !== undefined || ((await stat(path)).mode & 0o7777) !== mode))
    await chmod(path, mode);
}

function kindOf(stats: Stats): FileKind {
  if (stats.isDirectory()) return 'directory';
  if (stats.isFile()) return 'file';
  if (stats.isSocket()) return 'socket';
  if (stats.isCharacterDevice()) return 'character-device';
  return stats.isBlockDevice() ? 'block-device' : 'other';
}

async function readTail(path: string, bytesMax?: number): Promise<Uint8Array | undefined> {
  if (bytesMax === undefined) return orMissing(readFile(path));
  const file = await orMissing(open(path, 'r'));
  if (file === undefined) return undefined;
  try {
    const { size } = await file.stat();
    const bytes = Buffer.alloc(Math.min(size, bytesMax));
    const { bytesRead } = await file.read(bytes, 0, bytes.length, size - bytes.length);
    return bytes.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

async function write(path: string, { bytes, mode, uid }: FileContent): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, bytes, { mode });
  await chmod(path, mode); // The umask counted when it was made.
  if (uid !== undefined) await chown(path, uid, -1 >>> 0);
}

/** Directories hand the group down (setgid) and everything is readable and writable for it. */
async function giveToGroup(path: string, groupId: number): Promise<void> {
  const found = await lstat(path);
  if (found.isSymbolicLink()) return;
  await chown(path, found.uid, groupId);
  await chmod(path, (found.mode & 0o7777) | (found.isDirectory() ? 0o2770 : 0o660));
  if (!found.isDirectory()) return;
  for (const name of await readdir(path)) await giveToGroup(join(path, name), groupId);
}

async function resolveInside(root: string, sub: string): Promise<string | undefined> {
  const inside = await realpath(root);
  const isInside = (path: string) => path === inside || path.startsWith(`${inside}/`);
  const target = join(inside, sub);
  if (!isInside(target)) return undefined;
  const known = await orMissing(realpath(target));
  if (known !== undefined) return isInside(known) ? known : undefined;
  // What exists of the way there must not lead out before the rest is made.
  let ancestor = dirname(target);
  let real = await orMissing(realpath(ancestor));
  while (real === undefined) {
    ancestor = dirname(ancestor);
    real = await orMissing(realpath(ancestor));
  }
  if (!isInside(real)) return undefined;
  await makeLike(inside, target);
  const made = await realpath(target);
  return isInside(made) ? made : undefined;
}

/** Makes the directories that are missing on the way to the target, each with the mode of the root. */
async function makeLike(root: string, target: string): Promise<void> {
  const { mode } = await stat(root);
  for (let at = await mkdir(target, { recursive: true }); at !== undefined; at = nextTowards(at, target)) {
    // A group that is handed down stays so.
    await chmod(at, ((await stat(at)).mode & 0o2000) | (mode & 0o777));
  }
}

function nextTowards(from: string, target: string): string | undefined {
  return from === target ? undefined : join(from, target.slice(from.length + 1).split('/')[0] ?? '');
}

/** Mount points at or under the path, as /proc/self/mountinfo names them, deepest first. */
async function mountsUnder(path: string): Promise<readonly string[]> {
  const text = await readFile('/proc/self/mountinfo', 'utf8');
  const points = text
    .split('\n')
    .flatMap(
      (line) =>
        line
          .split(' ')[4]
          ?.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8))) ?? [],
    );
  return points.filter((point) => point === path || point.startsWith(`${path}/`)).sort((a, b) => b.length - a.length);
}
const isMounted = async (path: string): Promise<boolean> => (await mountsUnder(path)).includes(path);

/** Never removes through a mount: what is mounted may be somebody's data. */
async function remove(path: string): Promise<void> {
  if ((await orMissing(lstat(path))) === undefined) return;
  for (const point of await mountsUnder(path)) await program('umount', [point]);
  const left = await mountsUnder(path);
  if (left.length > 0) throw new DiskError(`${path} is kept: ${left[0]} is still mounted; unmount it`);
  await rm(path, { recursive: true, force: true });
}

async function program(name: string, args: readonly string[]): Promise<void> {
  try {
    await run(name, args);
  } catch (error) {
    throw new DiskError(`${name} ${args.at(-1)} failed: ${messageOf(error).split('\n').at(-2) ?? messageOf(error)}`);
  }
}

async function orMissing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}
