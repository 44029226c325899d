/** Why a test cannot run here. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { findProgram, hasProgram, missingPackages, NODE_NEEDS } from '@steersman/cluster';

/** The reason to skip tests with real containers, or false. */
export function withoutContainers(): string | false {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'needs root on Linux';
  const missing = missingPackages(NODE_NEEDS, hasProgram);
  if (missing.length > 0) return `needs the packages ${missing.join(' ')}`;
  if (!canUnshare()) return 'needs the right to make namespaces';
  return withoutKubectl();
}

/** The reason to skip tests that use kubectl, or false. */
export function withoutKubectl(): string | false {
  return findProgram('kubectl') === undefined ? 'needs kubectl' : false;
}

/** The reason to skip tests that read the manifests beside the repository; with CI=true they must be there. */
export function withoutFile(path: string): string | false {
  if (existsSync(path) || process.env['CI'] === 'true') return false;
  return `needs ${path}`;
}

function canUnshare(): boolean {
  try {
    execFileSync('unshare', ['--mount', '--net', '--pid', '--fork', 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
