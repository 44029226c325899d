/** What exists on the machine, to prove that a cluster leaves nothing behind. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Inventory {
  readonly mounts: ReadonlySet<string>;
  readonly links: ReadonlySet<string>;
  readonly routes: ReadonlySet<string>;
  readonly cgroups: ReadonlySet<string>;
  readonly tables: ReadonlySet<string>;
  readonly settings: ReadonlySet<string>;
  readonly folders: ReadonlySet<string>;
  /** Processes with the given text in their command line. */
  readonly processes: ReadonlySet<string>;
}

const SETTINGS = ['net/ipv4/ip_forward', 'net/bridge/bridge-nf-call-iptables', 'net/ipv4/conf/all/route_localnet'];
const FOLDERS = ['/var/lib/cni', '/var/lib/kubelet', '/etc/cni', '/run/netns', '/run/containerd'];

/** Counts everything; `mark` picks out processes of the cluster in question. */
export function inventory(mark: string): Inventory {
  return {
    mounts: new Set(
      readFileSync('/proc/self/mountinfo', 'utf8')
        .split('\n')
        .map((line) => line.split(' ')[4] ?? ''),
    ),
    links: new Set(json<{ ifname: string }>('ip', ['-json', 'link', 'show']).map((link) => link.ifname)),
    routes: new Set(
      json<{ dst: string; dev?: string }>('ip', ['-json', 'route', 'show']).map((route) => `${route.dst} ${route.dev}`),
    ),
    cgroups: new Set(cgroups('/sys/fs/cgroup', 0)),
    tables: new Set(text('nft', ['list', 'tables']).split('\n')),
    settings: new Set(SETTINGS.map((path) => `${path}=${read(`/proc/sys/${path}`)}`)),
    folders: new Set(FOLDERS.filter((folder) => existsSync(folder))),
    processes: new Set(
      pids()
        .filter((pid) => commandLine(pid).includes(mark))
        .map((pid) => `${pid} ${commandLine(pid)}`),
    ),
  };
}

/**
 * The namespaces of a process and of all that descend from it, except those it shares with the machine. Others make and end
 * namespaces all the time, so only a cluster's own can be counted.
 */
export function namespacesBelow(root: number): readonly string[] {
  const children = Map.groupBy(pids(), (pid) => /^PPid:\s*(\d+)/m.exec(read(`/proc/${pid}/status`))?.[1] ?? '');
  const below = (pid: string): readonly string[] => [pid, ...(children.get(pid) ?? []).flatMap(below)];
  const machine = new Set(namespacesOf(String(process.pid)));
  return [...new Set(below(String(root)).flatMap(namespacesOf))].filter((namespace) => !machine.has(namespace));
}

/** Those of the namespaces that still have a process. */
export function namespacesInUse(namespaces: readonly string[]): readonly string[] {
  const now = new Set(pids().flatMap(namespacesOf));
  return namespaces.filter((namespace) => now.has(namespace));
}

/**
 * What is there now and was not before, once it has stopped shrinking; empty when nothing was left behind. Of what carries the name of
 * its cluster only that with one of the names counts, because others may make clusters at the same time.
 */
export async function leftBehind(
  before: Inventory,
  mark: string,
  names: readonly string[],
): Promise<readonly string[]> {
  for (let attempt = 0; ; attempt += 1) {
    const left = difference(before, inventory(mark), names);
    if (left.length === 0 || attempt === ATTEMPTS_MAX) return left;
    await sleep(250); // The kernel takes down namespaces in its own time.
  }
}

const ATTEMPTS_MAX = 240;
const NAMED: readonly (keyof Inventory)[] = ['mounts', 'links', 'routes', 'cgroups'];

function difference(before: Inventory, after: Inventory, names: readonly string[]): readonly string[] {
  return (Object.keys(before) as (keyof Inventory)[]).flatMap((kind) =>
    [...after[kind]]
      .filter((item) => !before[kind].has(item))
      .filter((item) => !NAMED.includes(kind) || names.some((name) => item.includes(name)))
      .map((item) => `${kind}: ${item}`),
  );
}

const CGROUP_DEPTH_MAX = 3; // A cluster's own group is at the top; what lies below it goes with it.

function cgroups(folder: string, depth: number): readonly string[] {
  if (depth > CGROUP_DEPTH_MAX || !existsSync(folder)) return [];
  const children = list(folder, true).map((name) => join(folder, name));
  return [...children, ...children.flatMap((child) => cgroups(child, depth + 1))];
}

function namespacesOf(pid: string): readonly string[] {
  return ['net', 'mnt', 'pid', 'uts', 'ipc'].flatMap((kind) => {
    try {
      return [readlinkSync(`/proc/${pid}/ns/${kind}`)];
    } catch {
      return []; // Ended in the meantime.
    }
  });
}

function pids(): readonly string[] {
  return list('/proc', true).filter((name) => /^\d+$/.test(name));
}

function commandLine(pid: string): string {
  return read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim();
}

function list(folder: string, foldersOnly: boolean): readonly string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries.filter((entry) => !foldersOnly || entry.isDirectory()).map((entry) => entry.name);
  } catch {
    return [];
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}

function text(program: string, args: readonly string[]): string {
  return execFileSync(program, args, { encoding: 'utf8' });
}

function json<T>(program: string, args: readonly string[]): readonly T[] {
  return JSON.parse(text(program, args) || '[]') as readonly T[];
}
