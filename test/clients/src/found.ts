/** Where the clients of others are: in a folder that fetch.sh filled, or installed. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { oldKubectl, REPOSITORY } from '@steersman/e2e';

const FETCHED = process.env['STEERSMAN_CLIENTS'] ?? join(REPOSITORY, '.cache', 'clients');
const HOW = 'fetch it with: sh test/clients/fetch.sh';

/** Why something cannot be used here. */
export interface Missing {
  readonly reason: string;
}
const missing = (what: string): Missing => ({ reason: `needs ${what}; ${HOW}` });
export const isMissing = (found: object): found is Missing => 'reason' in found;

export interface Go {
  readonly program: string;
  /** What `go build` needs to find the compiler's own files and Debian's libraries without downloading anything. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Debian's layout: /usr/lib/go-1.24 and /usr/share/gocode, below STEERSMAN_GO_ROOT, the fetched folder, or /. */
export function findGo(): Go | Missing {
  const roots = [process.env['STEERSMAN_GO_ROOT'], FETCHED, '/'].filter((root) => root !== undefined);
  for (const root of roots) {
    const library = join(root, 'usr', 'share', 'gocode');
    if (!existsSync(join(library, 'src', 'k8s.io', 'client-go', 'kubernetes'))) continue;
    const goRoot = newestGo(join(root, 'usr', 'lib'));
    if (goRoot === undefined) continue;
    const environment = { GOROOT: goRoot, GOPATH: library, GO111MODULE: 'off', GOTOOLCHAIN: 'local', CGO_ENABLED: '0' };
    return { program: join(goRoot, 'bin', 'go'), environment };
  }
  return missing("Debian trixie's golang-go and golang-k8s-client-go-dev");
}

function newestGo(folder: string): string | undefined {
  if (!existsSync(folder)) return undefined;
  const versions = readdirSync(folder).filter((name) => /^go-\d/.test(name));
  versions.sort((a, b) => a.localeCompare(b, undefined, { numeric: true }));
  return versions.map((name) => join(folder, name)).findLast((path) => existsSync(join(path, 'bin', 'go')));
}

/** kubectl of a Debian release: 1.20 of bookworm, 1.32 of trixie. */
export function findKubectl(version: '1.20' | '1.32'): { readonly program: string } | Missing {
  const program = version === '1.20' ? oldKubectl() : join(FETCHED, 'usr', 'bin', 'kubectl');
  return program !== undefined && existsSync(program) ? { program } : missing(`kubectl ${version}`);
}

export interface Python {
  readonly program: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** Python with Debian's Kubernetes client: trixie's, which is Python alone, or an installed one. */
export function findPython(): Python | Missing {
  const fetched = join(FETCHED, 'usr', 'lib', 'python3', 'dist-packages');
  const environments = [...(existsSync(join(fetched, 'kubernetes')) ? [{ PYTHONPATH: fetched }] : []), {}];
  for (const program of ['/usr/bin/python3', 'python3']) {
    const environment = environments.find((candidate) => importsKubernetes(program, candidate));
    if (environment !== undefined) return { program, environment: { ...environment } as Record<string, string> };
  }
  return missing('Python with python3-kubernetes');
}

function importsKubernetes(program: string, environment: object): boolean {
  try {
    const env = { ...process.env, ...environment };
    execFileSync(program, ['-c', 'import kubernetes.client'], { env, stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** The folder whose node_modules has @kubernetes/client-node. */
export function findNodeClient(): { readonly folder: string } | Missing {
  const folder = join(FETCHED, 'node');
  const package_ = join(folder, 'node_modules', '@kubernetes', 'client-node');
  return existsSync(package_) ? { folder } : missing("npm's @kubernetes/client-node");
}
