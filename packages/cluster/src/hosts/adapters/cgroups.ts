/** Control groups that outlive the processes they held. */
import { existsSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = '/sys/fs/cgroup';

/** Where every controller keeps its hierarchy: one folder each in v1, the root itself in v2. */
function hierarchies(): readonly string[] {
  if (existsSync(join(ROOT, 'cgroup.controllers'))) return [ROOT];
  return existsSync(ROOT) ? readdirSync(ROOT).map((name) => join(ROOT, name)) : [];
}

/** Removes a cluster's (empty) control groups in every hierarchy; returns those that processes still hold. */
export function removeCgroups(name: string): readonly string[] {
  const held: string[] = [];
  for (const hierarchy of hierarchies()) removeTree(join(hierarchy, name), held);
  return held;
}

/** Process ids in a cluster's control groups, in any hierarchy. */
export function processesIn(name: string): readonly number[] {
  const pids = new Set<number>();
  const visit = (folder: string) => {
    if (!existsSync(folder)) return;
    for (const pid of readPids(join(folder, 'cgroup.procs'))) pids.add(pid);
    for (const child of subfolders(folder)) visit(child);
  };
  for (const hierarchy of hierarchies()) visit(join(hierarchy, name));
  return [...pids];
}

function removeTree(folder: string, held: string[]): void {
  if (!existsSync(folder)) return;
  for (const child of subfolders(folder)) removeTree(child, held);
  try {
    rmdirSync(folder);
  } catch {
    held.push(folder);
  }
}

function subfolders(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(folder, entry.name));
}

function readPids(path: string): readonly number[] {
  try {
    return readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map(Number);
  } catch {
    return [];
  }
}
