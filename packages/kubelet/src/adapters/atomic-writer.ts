/**
 * Files that change all at once: they live in a directory of their own, `..data` points at it, the visible names point
 * through `..data`. Swapping that one link swaps them all (the layout upstream's volumes have, which programs watch).
 */
import {
  chmod,
  chown,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Payload } from '../host/disk.ts';

const DATA = '..data';

export async function publish(directory: string, payload: Payload, groupId?: number): Promise<void> {
  const current = await readlink(join(directory, DATA)).catch(() => undefined);
  if (current !== undefined && (await holds(join(directory, current), payload))) return;
  const fresh = await mkdtemp(
    join(directory, `..${new Date().toISOString().replaceAll(/[-:T]/g, '_').replace(/\..*/, '')}.`),
  );
  await chmod(fresh, groupId === undefined ? 0o755 : 0o2755);
  if (groupId !== undefined) await chown(fresh, 0, groupId);
  for (const [path, { bytes, mode, uid }] of payload) {
    const target = join(fresh, path);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, bytes);
    if (uid !== undefined || groupId !== undefined) await chown(target, uid ?? 0, groupId ?? 0);
    await chmod(target, groupId === undefined ? mode : mode | 0o440);
  }
  const name = fresh.slice(directory.length + 1);
  await rm(join(directory, `${DATA}_tmp`), { force: true });
  await symlink(name, join(directory, `${DATA}_tmp`));
  await rename(join(directory, `${DATA}_tmp`), join(directory, DATA));
  await linkNames(directory, new Set([...payload.keys()].map((path) => path.split('/')[0]!)));
  if (current !== undefined) await rm(join(directory, current), { recursive: true, force: true });
}

async function linkNames(directory: string, names: ReadonlySet<string>): Promise<void> {
  const there = (await readdir(directory)).filter((name) => !name.startsWith('..'));
  for (const name of names) if (!there.includes(name)) await symlink(`${DATA}/${name}`, join(directory, name));
  for (const name of there) if (!names.has(name)) await rm(join(directory, name), { recursive: true, force: true });
}

async function holds(directory: string, payload: Payload): Promise<boolean> {
  const files = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
  if (files.filter((each) => each.isFile()).length !== payload.size) return false;
  for (const [path, { bytes, mode }] of payload) {
    const found = await readFile(join(directory, path)).catch(() => undefined);
    if (found === undefined || !found.equals(bytes)) return false;
    if (((await stat(join(directory, path))).mode & mode) !== mode) return false;
  }
  return true;
}
