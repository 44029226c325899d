import { linkSync, mkdirSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { StorageError } from '../../error.ts';

/** When a process was started, in the kernel's ticks since boot; undefined when there is no such process. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]; // Field 22; the name before may hold blanks.
  } catch {
    return isAlive(pid) ? '' : undefined;
  }
}

/** For systems without /proc. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function readOrUndefined(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** The process that wrote the file, if it still runs: the same number may be another process's by now. */
function livingOwner(text: string): number | undefined {
  const [pid = '', start] = text.trim().split(' ');
  const actual = startOf(Number(pid));
  if (actual === undefined || (start !== undefined && start !== '' && actual !== '' && actual !== start))
    return undefined;
  return Number(pid);
}

/** Folders that this process has open: its own file would not keep it from opening one twice. */
const openHere = new Set<string>();

/**
 * Makes this process the only owner of a folder; the returned function gives it up. A file left behind by a process
 * that no longer runs is taken over. Throws StorageError 'unavailable' naming the process that owns it.
 */
export function ownFolder(path: string): () => void {
  const folder = resolve(path);
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'owner');
  const mine = `${file}.${process.pid}`;
  const inUse = (pid: number) =>
    new StorageError('unavailable', `the store in ${folder} is in use by process ${pid}: stop it first`);
  if (openHere.has(folder)) throw inUse(process.pid);
  writeFileSync(mine, `${process.pid} ${startOf(process.pid) ?? ''}\n`);
  try {
    for (;;) {
      try {
        linkSync(mine, file); // Fails where there is one, in one step.
        break;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const text = readOrUndefined(file);
      if (text === undefined) continue;
      const owner = livingOwner(text);
      if (owner !== undefined && owner !== process.pid) throw inUse(owner);
      takeAway(file, text);
    }
  } finally {
    unlinkSync(mine);
  }
  openHere.add(folder);
  return () => {
    openHere.delete(folder);
    if (livingOwner(readOrUndefined(file) ?? '') === process.pid) unlinkSync(file);
  };
}

/** Removes the stale file that was read, and not one that another starting process has put in its place meanwhile. */
function takeAway(file: string, expected: string): void {
  const aside = `${file}.stale.${process.pid}`;
  try {
    renameSync(file, aside);
  } catch {
    return; // Somebody else took it away.
  }
  try {
    if (readFileSync(aside, 'utf8') !== expected) linkSync(aside, file);
  } finally {
    unlinkSync(aside);
  }
}
