/** The node programs kube-proxy uses. Every command is a list of words; nothing passes through a shell. */
import { spawn } from 'node:child_process';
import { ProxyError } from '../contract.ts';
import { TABLE } from '../nftables/base.ts';
import type { RunNft } from '../nftables/filter.ts';
import type { StaleFlow } from '../udp-flows.ts';

/** Error output kept for a message. */
const ERROR_TEXT_LENGTH_MAX = 2000;

/** Runs a program to its end; rejects with ProxyError when it is absent or fails. */
export function runProgram(program: string, args: readonly string[], input = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    let output = '';
    let complaint = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      complaint = (complaint + chunk.toString()).slice(0, ERROR_TEXT_LENGTH_MAX);
    });
    child.on('error', (error: NodeJS.ErrnoException) => {
      const absent = error.code === 'ENOENT';
      const message = absent
        ? `${program} is not installed: install the package that has it`
        : `${program}: ${error.message}`;
      reject(new ProxyError(absent ? 'missing-program' : 'command-failed', message));
    });
    child.on('close', (code) => {
      if (code === 0) resolve(output);
      else
        reject(
          new ProxyError('command-failed', `${program} ${args.join(' ')} ended with ${code}: ${complaint.trim()}`),
        );
    });
    child.stdin.on('error', () => {}); // It ended before it had read everything; `close` says why.
    child.stdin.end(input);
  });
}

/** Commands go in as text: nft's JSON reader cannot read from a pipe of ours. */
export const runNft: RunNft = async (commands) => {
  await runProgram('nft', ['-f', '-'], `${commands.join('\n')}\n`);
};

/** Whether our table is still there: another program may have flushed the whole ruleset. */
export async function tablePresent(table: 'ip' | 'ip6'): Promise<boolean> {
  try {
    await runProgram('nft', ['list', 'chain', table, TABLE, 'services']);
    return true;
  } catch (error) {
    if (error instanceof ProxyError && error.code === 'command-failed') return false;
    throw error;
  }
}

/**
 * Gives the node itself a route to the service range, by way of a bridge without ports. Without one, a connection that starts
 * on a node without default route fails before address translation sees it; with a default route, it would leak.
 */
export async function ensureServiceRoute(device: string, range: string, sourceAddress: string): Promise<void> {
  const exists = await runProgram('ip', ['link', 'show', 'dev', device]).then(
    () => true,
    () => false,
  );
  if (!exists) await runProgram('ip', ['link', 'add', device, 'type', 'bridge']);
  await runProgram('ip', ['link', 'set', device, 'up']);
  const family = range.includes(':') ? '-6' : '-4';
  await runProgram('ip', [family, 'route', 'replace', range, 'dev', device, 'scope', 'link', 'src', sourceAddress]);
}

export async function removeServiceRoute(device: string): Promise<void> {
  await runProgram('ip', ['link', 'delete', device]).catch(() => {}); // Already gone is what we want.
}

/**
 * Forgets UDP flows to an address, or those that were sent on to one endpoint of it: an existing flow would keep
 * going to an endpoint that has gone. "0 flow entries" is reported as a failure and is none.
 */
export async function forgetUdpFlows({ address, port, endpoint }: StaleFlow): Promise<void> {
  const from = address === undefined ? [] : ['--orig-dst', address];
  const to = endpoint === undefined ? [] : ['--reply-src', endpoint];
  const family = (endpoint ?? address ?? '').includes(':') ? 'ipv6' : 'ipv4';
  const about = ['-f', family, '-p', 'udp', ...from, '--orig-port-dst', String(port), ...to];
  await runProgram('conntrack', ['-D', ...about]).catch((error: unknown) => {
    if (!(error instanceof ProxyError) || !error.message.includes('0 flow entries')) throw error;
  });
}
