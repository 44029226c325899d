/**
 * Removes a cluster's folder. A bind mount left in it would lead the removal into the files of the machine, so: only a
 * folder with the marker file, everything mounted below it unmounted first, and nothing removed while one mount remains.
 */
import { existsSync, readdirSync, readFileSync, realpathSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ClusterError } from '../../errors.ts';
import { tryRun } from '../../programs/adapters/run.ts';
import { mountsUnder } from '../mounts.ts';

/** The file that says that a folder is Steersman's to remove. */
export const MARKER_FILE = '.steersman';
const MOUNTINFO = '/proc/self/mountinfo';

/** Marks a folder. Throws ClusterError 'not-ours' when it holds files that are not Steersman's. */
export function markFolder(folder: string): void {
  const marker = join(folder, MARKER_FILE);
  if (existsSync(marker)) return;
  if (readdirSync(folder).length > 0) {
    const message = `${folder} is not empty and has no ${MARKER_FILE} file; choose an empty folder with --data-dir`;
    throw new ClusterError('not-ours', message);
  }
  writeFileSync(marker, 'This folder belongs to Steersman; `steersman down --purge` removes it.\n');
}

/** Removes the folder and everything in it; does nothing when it does not exist. Throws ClusterError. */
export async function purgeFolder(folder: string): Promise<void> {
  if (!existsSync(folder)) return;
  const real = realpathSync(folder);
  if (readdirSync(real).length === 0) return rmdirSync(real);
  if (!existsSync(join(real, MARKER_FILE))) {
    throw new ClusterError(
      'not-ours',
      `${real} has no ${MARKER_FILE} file, so it is not removed; remove it by hand if it is yours`,
    );
  }
  if (existsSync(MOUNTINFO)) await unmountAll(real);
  const marker = join(real, MARKER_FILE);
  for (const entry of readdirSync(real))
    if (entry !== MARKER_FILE) rmSync(join(real, entry), { recursive: true, force: true });
  rmSync(marker); // Last, so that an interrupted purge can be run again.
  rmdirSync(real);
}

async function unmountAll(folder: string): Promise<void> {
  for (const point of mountsUnder(folder, readFileSync(MOUNTINFO, 'utf8'))) await tryRun(['umount', point]);
  const left = mountsUnder(folder, readFileSync(MOUNTINFO, 'utf8'))[0];
  if (left === undefined) return;
  throw new ClusterError(
    'mount-remains',
    `${left} is still mounted, so nothing was removed; end what uses it (fuser -vm ${left}) and run again`,
  );
}
