/** Namespaced hosts on one bridge, between which single directions can be cut. Only in a network namespace of our own. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { whenEnded } from '../when-ended.ts';

const BRIDGE = 'br0';
/** Of the bridge itself, where everything runs that has no host of its own. */
export const OUTSIDE_ADDRESS = '10.77.0.254';

/** Ends a cut; tells how many packets it dropped. */
export type Repair = () => number;

export interface Host {
  readonly address: string;
  /** Program and arguments that run a program on this host, under the pid of the process that is started. */
  readonly enter: readonly string[];
  /** Drops what comes from an address until the returned function is called; what goes there still arrives. */
  deafTo(address: string): Repair;
  /** Drops what goes to an address until the returned function is called; what comes from there still arrives. */
  muteTo(address: string): Repair;
  remove(): void;
}

/** Gives what it printed. */
function mustRun(...[program, ...args]: readonly [string, ...string[]]): string {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} failed: ${stderr}`);
  return stdout;
}

export function makeBridge(): void {
  mustRun('ip', 'link', 'add', BRIDGE, 'type', 'bridge');
  mustRun('ip', 'address', 'add', `${OUTSIDE_ADDRESS}/24`, 'dev', BRIDGE);
  mustRun('ip', 'link', 'set', BRIDGE, 'up');
}

export async function makeHost(number: number): Promise<Host> {
  const address = `10.77.0.${number}`;
  const holder = spawn('unshare', ['-n', 'sh', '-c', 'echo there && exec sleep infinity'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  whenEnded(() => end(holder));
  await new Promise((resolve) => holder.stdout.once('data', resolve));
  const enter = ['nsenter', '-t', String(holder.pid), '-n'] as const;
  mustRun('ip', 'link', 'add', `host${number}`, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', String(holder.pid));
  mustRun('ip', 'link', 'set', `host${number}`, 'master', BRIDGE, 'up');
  mustRun(...enter, 'ip', 'link', 'set', 'lo', 'up');
  mustRun(...enter, 'ip', 'address', 'add', `${address}/24`, 'dev', 'eth0');
  mustRun(...enter, 'ip', 'link', 'set', 'eth0', 'up');
  for (const [chain, hook] of [
    ['in', 'input'],
    ['out', 'output'],
  ])
    mustRun(...enter, 'nft', `add table ip cut; add chain ip cut ${chain} { type filter hook ${hook} priority 0; }`);
  const drop = (chain: 'in' | 'out', match: string) => {
    mustRun(...enter, 'nft', `add rule ip cut ${chain} ${match} counter drop`);
    return () => {
      const [, packets] = /counter packets (\d+)/.exec(mustRun(...enter, 'nft', `list chain ip cut ${chain}`)) ?? [];
      mustRun(...enter, 'nft', `flush chain ip cut ${chain}`);
      return Number(packets);
    };
  };
  return {
    address,
    enter,
    deafTo: (from) => drop('in', `ip saddr ${from}`),
    muteTo: (to) => drop('out', `ip daddr ${to}`),
    remove: () => end(holder),
  };
}

function end(holder: ChildProcess): void {
  holder.kill('SIGKILL');
}
