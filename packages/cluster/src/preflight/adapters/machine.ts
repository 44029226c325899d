/** What the machine says about itself: programs, routes, resolvers, ports, folders. */
import { accessSync, constants, existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { isIP } from 'node:net';
import { dirname } from 'node:path';
import { ClusterError } from '../../errors.ts';
import { findProgram, isExecutable, tryRun } from '../../programs/adapters/run.ts';
import type { Occupied } from '../ranges.ts';
import { parseListeners } from '../sockets.ts';

/** Whether a program is installed; an absolute path stands for itself (upstream's CNI folder counts for Debian's). */
export function hasProgram(program: string): boolean {
  if (!program.startsWith('/')) return findProgram(program) !== undefined;
  return isExecutable(program) || isExecutable(program.replace('/usr/lib/cni/', '/opt/cni/bin/'));
}

/** Networks the machine has routes to, its resolvers included; devices named in `ignore` are our own. */
export async function occupiedNetworks(ignore: readonly string[]): Promise<readonly Occupied[]> {
  const listed = await tryRun(['ip', '-json', 'route', 'show', 'table', 'main']);
  const routes = listed.code === 0 ? (JSON.parse(listed.stdout || '[]') as readonly Route[]) : [];
  const networks = routes
    .filter((route) => route.dst !== 'default' && route.dst !== undefined && !ignore.includes(route.dev ?? ''))
    .map((route) => ({ cidr: withBits(route.dst!), what: `the route ${route.dst} (${route.dev ?? 'no device'})` }));
  return [...networks, ...resolvers()];
}

interface Route {
  readonly dst?: string;
  readonly dev?: string;
}

function resolvers(): readonly Occupied[] {
  const text = readText('/etc/resolv.conf');
  const addresses = [...text.matchAll(/^nameserver\s+([^\s%]+)/gm)].map((match) => match[1]!);
  return addresses
    .filter((address) => isIP(address) !== 0)
    .map((address) => ({ cidr: withBits(address), what: `the resolver ${address} of /etc/resolv.conf` }));
}

function withBits(destination: string): string {
  return destination.includes('/') ? destination : `${destination}/${isIP(destination) === 6 ? 128 : 32}`;
}

/** Throws ClusterError 'port-in-use', naming the owner, when somebody listens on the port. */
export function checkPortFree(port: number, option: string): void {
  const listener = [...parseListeners(readText('/proc/net/tcp')), ...parseListeners(readText('/proc/net/tcp6'))].find(
    (candidate) => candidate.port === port,
  );
  if (listener === undefined) return;
  const owner = socketOwner(listener.inode);
  const who = owner === undefined ? 'another process' : `${owner.name} (pid ${owner.pid})`;
  throw new ClusterError('port-in-use', `port ${port} is in use by ${who}; end it, or use ${option}`);
}

function socketOwner(inode: string): { readonly pid: number; readonly name: string } | undefined {
  for (const entry of listFolder('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const holds = listFolder(`/proc/${entry}/fd`).some(
      (fd) => linkTarget(`/proc/${entry}/fd/${fd}`) === `socket:[${inode}]`,
    );
    if (holds) return { pid: Number(entry), name: readText(`/proc/${entry}/comm`).trim() };
  }
  return undefined;
}

/** Makes the folder and checks that files can be written there. Throws ClusterError 'unwritable'. */
export function checkWritable(folder: string, option: string): void {
  try {
    makeFolder(folder);
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? 'unknown reason';
    throw new ClusterError('unwritable', `cannot write to ${folder} (${reason}); choose another folder with ${option}`);
  }
}

/** One level at a time: Node's recursive mkdir never returns where the kernel denies that a folder exists (/proc). */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder));
  mkdirSync(folder);
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function listFolder(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return []; // Ended in the meantime, or not ours to look at.
  }
}

function linkTarget(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
