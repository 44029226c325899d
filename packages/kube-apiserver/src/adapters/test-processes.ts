/** For tests: processes that are started, watched until they are ready, and waited for. */
import { type ChildProcess, spawn } from 'node:child_process';
import { freePort } from '@steersman/machinery';

/** A process ended before it was ready. */
class StartError extends Error {
  override readonly name = 'StartError';
}

/** Starts a process and resolves once its output shows that it is ready; `onStart` learns of it at once. */
export async function started(
  program: string,
  args: readonly string[],
  ready = /"?Ready"?/,
  onStart: (child: ChildProcess) => void = () => {},
): Promise<ChildProcess> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  onStart(child);
  let output = '';
  await new Promise<void>((resolve, reject) => {
    const take = (text: string) => {
      output = (output + text).slice(-20_000);
      if (ready.test(text)) resolve();
    };
    child.stdout.setEncoding('utf8').on('data', take);
    child.stderr.setEncoding('utf8').on('data', take);
    child.on('close', () => reject(new StartError(`${program} ended: ${output}`)));
  });
  return child;
}

/** Resolves with the exit code once the process is gone. */
export function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve) => child.once('close', (code) => resolve(code)));
}

/** The command line of an etcd with one member, and where it serves clients. */
export async function etcdCommand(
  folder: string,
): Promise<{ readonly endpoint: string; readonly args: readonly string[] }> {
  const [endpoint, peer] = [`http://127.0.0.1:${await freePort()}`, `http://127.0.0.1:${await freePort()}`];
  const urls = [`--listen-client-urls=${endpoint}`, `--advertise-client-urls=${endpoint}`];
  const peers = [`--listen-peer-urls=${peer}`, `--initial-advertise-peer-urls=${peer}`];
  const cluster = ['--name=one', `--initial-cluster=one=${peer}`, `--data-dir=${folder}`, '--logger=zap'];
  return { endpoint, args: [...cluster, ...urls, ...peers] };
}
/** What that etcd says when it serves. */
export const ETCD_SERVES = /serving (insecure|client traffic)/i;
