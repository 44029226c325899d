/** Installs Debian packages without asking and without starting what is in them. */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { ClusterError } from '../../errors.ts';
import { findProgram, run, tryRun } from '../../programs/adapters/run.ts';

/** Asked by every package's scripts before they start a service; 101 forbids it (Debian policy, invoke-rc.d). */
const POLICY_FILE = '/usr/sbin/policy-rc.d';
const INSTALL_MS = 900_000;
const ENVIRONMENT = { DEBIAN_FRONTEND: 'noninteractive', NEEDRESTART_MODE: 'l', LC_ALL: 'C.UTF-8' };

/** Installs the packages. Throws ClusterError with what to do by hand when that does not work. */
export async function installPackages(packages: readonly string[]): Promise<void> {
  const byHand = `install them by hand: apt-get install ${packages.join(' ')}`;
  if (findProgram('apt-get') === undefined)
    throw new ClusterError('unsupported', `this machine has no apt-get; ${byHand}`);
  const ours = !existsSync(POLICY_FILE);
  if (ours) writeFileSync(POLICY_FILE, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    const options = ['--yes', '--no-install-recommends', '--option', 'DPkg::Lock::Timeout=120'];
    const install = ['apt-get', 'install', ...options, ...packages];
    const first = await tryRun(install, { env: ENVIRONMENT, timeoutMs: INSTALL_MS });
    if (first.code === 0) return;
    await tryRun(['apt-get', 'update', '--option', 'DPkg::Lock::Timeout=120'], {
      env: ENVIRONMENT,
      timeoutMs: INSTALL_MS,
    });
    await run(install, { env: ENVIRONMENT, timeoutMs: INSTALL_MS });
  } catch (error) {
    throw new ClusterError('program-failed', `cannot install packages (${(error as Error).message}); ${byHand}`);
  } finally {
    if (ours) rmSync(POLICY_FILE, { force: true });
  }
}
