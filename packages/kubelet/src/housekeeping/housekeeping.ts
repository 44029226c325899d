/** What nobody asks for and somebody must do: dead containers, orphans, logs that grow. */
import type { Effects } from '@steersman/machinery';
import type { PodCgroups } from '../cgroups/contract.ts';
import type { Disk } from '../host/disk.ts';
import type { Directories } from '../host/paths.ts';
import { every } from '../loop.ts';
import type { PodManager } from '../pod/manager.ts';
import type { ContainerRuntime } from '../runtime/contract.ts';
import type { KubeletSources } from '../sources/contract.ts';
import { collectContainers, collectSandboxes } from './containers.ts';
import { evictOne } from './eviction.ts';
import { collectImages } from './images.ts';
import { rotateLogs } from './logs.ts';
import { collectOrphans } from './orphans.ts';

export interface HousekeepingOptions {
  readonly runtime: ContainerRuntime;
  readonly manager: PodManager;
  readonly disk: Disk;
  readonly cgroups: PodCgroups;
  readonly directories: Directories;
  readonly effects: Effects;
  readonly sources: KubeletSources;
  readonly pressure: () => Promise<{ readonly memory: boolean; readonly disk: boolean; readonly pids: boolean }>;
  /** Percent of the image disk in use above which unused images are removed; 100 turns it off. */
  readonly imageHighPercent: number;
  readonly imageLowPercent: number;
}
const CONTAINERS_MS = 60_000;
const ORPHANS_MS = 60_000;
const LOGS_MS = 10_000;
const IMAGES_MS = 300_000;
const EVICTION_MS = 10_000;

export interface Housekeeping {
  run(signal: AbortSignal): Promise<void>;
}
export function createHousekeeping(options: HousekeepingOptions): Housekeeping {
  return {
    async run(signal) {
      await options.sources.untilSynced(signal).catch(() => {}); // Before, every pod would look like an orphan.
      await Promise.all([
        every(CONTAINERS_MS, () => collectContainers(options), 'dead containers', options.effects, signal),
        every(CONTAINERS_MS, () => collectSandboxes(options), 'dead sandboxes', options.effects, signal),
        every(IMAGES_MS, () => collectImages(options), 'unused images', options.effects, signal),
        every(EVICTION_MS, () => evictOne(options), 'eviction', options.effects, signal),
        every(ORPHANS_MS, () => collectOrphans(options), 'orphaned pods', options.effects, signal),
        every(LOGS_MS, () => rotateLogs(options), 'container logs', options.effects, signal),
      ]);
    },
  };
}
