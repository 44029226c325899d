/** The cluster's configuration and the record of what was changed on the machine, as files. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { ClusterError } from '../../errors.ts';
import { writeFileAtomically } from '../../files/adapters/atomic-file.ts';
import { removeMountPoints } from '../../hosts/adapters/host.ts';
import type { ClusterConfig } from '../config.ts';
import type { Layout } from '../layout.ts';

/** The configuration of the cluster in the folder, or undefined when there is none. Throws ClusterError 'invalid-file'. */
export function readClusterConfig(layout: Layout): ClusterConfig | undefined {
  if (!existsSync(layout.config)) return undefined;
  const invalid = () =>
    new ClusterError('invalid-file', `${layout.config} is damaged; start over with: steersman down --purge`);
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(layout.config, 'utf8'));
  } catch {
    throw invalid();
  }
  if (typeof parsed !== 'object' || parsed === null || (parsed as ClusterConfig).format !== 1) throw invalid();
  return parsed as ClusterConfig;
}

export function writeClusterConfig(layout: Layout, config: ClusterConfig): void {
  writeFileAtomically(layout.config, `${JSON.stringify(config, undefined, 2)}\n`, 0o644);
}

/** Settings by their former value, and folders that were made. */
export interface MachineChanges {
  readonly settings: Readonly<Record<string, string>>;
  readonly folders: readonly string[];
}

export function readChanges(layout: Layout): MachineChanges {
  try {
    return JSON.parse(readFileSync(layout.changes, 'utf8')) as MachineChanges;
  } catch {
    return { settings: {}, folders: [] };
  }
}

/** Adds to the record before or right after a change. The first recorded value of a setting wins: it is the machine's own. */
export function recordChanges(layout: Layout, changes: Partial<MachineChanges>): void {
  const before = readChanges(layout);
  const merged: MachineChanges = {
    settings: { ...changes.settings, ...before.settings },
    folders: [...new Set([...before.folders, ...(changes.folders ?? [])])],
  };
  writeFileAtomically(layout.changes, `${JSON.stringify(merged)}\n`, 0o644);
}

/** Sets a kernel setting of the machine (a path below /proc/sys), remembering what it was. */
export function changeSetting(layout: Layout, path: string, value: string): void {
  const current = readFileSync(path, 'utf8').trim();
  if (current === value) return;
  recordChanges(layout, { settings: { [path]: current } });
  writeFileSync(path, value);
}

/** Puts settings back and removes made folders that are empty. */
export function restoreChanges(layout: Layout): void {
  const { settings, folders } = readChanges(layout);
  for (const [path, value] of Object.entries(settings)) {
    if (existsSync(path)) writeFileSync(path, value);
  }
  removeMountPoints(folders);
  rmSync(layout.changes, { force: true });
}
