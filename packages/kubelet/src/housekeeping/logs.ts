/** Rotates container logs: 10 MiB each, five files, as upstream's containerLogMaxSize and containerLogMaxFiles. */

import { containerLogPath, podLogDirectory } from '../host/paths.ts';
import { restartCountOf } from '../pod/view.ts';
import type { HousekeepingOptions } from './housekeeping.ts';

const LOG_BYTES_MAX = 10 * 1024 ** 2;
const LOG_FILES_MAX = 5;

export async function rotateLogs({ manager, disk, directories, runtime, effects }: HousekeepingOptions): Promise<void> {
  for (const record of manager.records()) {
    for (const status of record.runtime.containers) {
      if (status.state !== 'running') continue;
      const path = `${podLogDirectory(directories, record.pod)}/${containerLogPath(status.name, restartCountOf(status))}`;
      if ((await disk.sizeOf(path)) <= LOG_BYTES_MAX) continue;
      await disk.rename(path, `${path}.${stamp(effects.clock.now())}`);
      await runtime.reopenContainerLog(status.id);
      await dropOldest(path, disk);
    }
  }
}

async function dropOldest(path: string, disk: HousekeepingOptions['disk']): Promise<void> {
  const directory = path.slice(0, path.lastIndexOf('/'));
  const prefix = `${path.slice(path.lastIndexOf('/') + 1)}.`;
  const rotated = (await disk.list(directory)).filter((name) => name.startsWith(prefix)).sort();
  // The live file is one of the five.
  for (const name of rotated.slice(0, -(LOG_FILES_MAX - 1))) await disk.remove(`${directory}/${name}`);
}

/** 20261122-170501: names sort by age. */
const stamp = (ms: number): string =>
  new Date(ms)
    .toISOString()
    .replace(/\.\d+Z$/, '')
    .replaceAll(/[-:]/g, '')
    .replace('T', '-');
