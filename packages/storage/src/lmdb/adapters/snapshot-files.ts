/** The files of a snapshot: complete under their name, or not there. */
import { copyFileSync, existsSync, linkSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { StorageError } from '../../error.ts';

/** The one file of an LMDB folder that counts. */
export const DATA_FILE = 'data.mdb';

/** Runs `act` with a folder beside `file`, on the same file system, that is removed afterwards. */
export async function besideFile<R>(file: string, act: (folder: string) => Promise<R>): Promise<R> {
  const parent = dirname(resolve(file));
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, `.${basename(file)}-`));
  try {
    return await act(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Throws StorageError 'unavailable' when `file` is not there (`wanted`) or is there already. */
export function checkPresence(file: string, wanted: boolean): void {
  if (existsSync(file) === wanted) return;
  throw new StorageError(
    'unavailable',
    wanted ? `there is no ${file}: check the path` : `${file} exists: remove it first, or choose another place`,
  );
}

/** Makes `file` the data file of an empty folder without copying it. */
export function linkInto(folder: string, file: string): void {
  linkSync(resolve(file), join(folder, DATA_FILE));
}
export function copyInto(folder: string, file: string): void {
  copyFileSync(file, join(folder, DATA_FILE));
}

/** Moves the data file of `folder` to `file`, once it is on disk. */
export async function moveOut(folder: string, file: string): Promise<void> {
  await sync(join(folder, DATA_FILE));
  renameSync(join(folder, DATA_FILE), file);
  await sync(dirname(resolve(file)));
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  await handle.sync().finally(() => handle.close());
}
