/** Kubeconfig files on disk. People's own file is changed in one step, with the previous version kept beside it. */
import { copyFileSync, existsSync, mkdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { dump, load } from 'js-yaml';
import { ClusterError } from '../../errors.ts';
import { writeFileAtomically } from '../../files/adapters/atomic-file.ts';
import { type Kubeconfig, mergeKubeconfig, removeFromKubeconfig } from '../kubeconfig.ts';

/** The file kubectl would write to: the first of $KUBECONFIG, else ~/.kube/config. */
export function usualKubeconfig(environment: Readonly<Record<string, string | undefined>>): string {
  const first = (environment['KUBECONFIG'] ?? '').split(delimiter).find((path) => path !== '');
  return first ?? join(environment['HOME'] ?? homedir(), '.kube', 'config');
}

/** Writes a whole kubeconfig, readable by its owner only. */
export function writeKubeconfig(path: string, config: Kubeconfig): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileAtomically(path, kubeconfigText(config), 0o600);
}

/**
 * Adds the entries to the file, or makes it. An existing file is first copied to `<file>.before-steersman` (once: the copy
 * is of the file before Steersman ever touched it). Throws ClusterError 'invalid-file' rather than overwrite what it cannot read.
 */
export function mergeIntoFile(path: string, added: Kubeconfig): void {
  const target = existsSync(path) ? realpathSync(path) : path; // A link stays a link.
  const existing = readConfig(target);
  const merged = mergeKubeconfig(existing, added);
  if (existing !== undefined && kubeconfigText(merged) === kubeconfigText(existing)) return;
  mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
  const backup = `${target}.before-steersman`;
  if (existing !== undefined && !existsSync(backup)) copyFileSync(target, backup);
  writeFileAtomically(target, kubeconfigText(merged), existing === undefined ? 0o600 : statSync(target).mode & 0o777);
}

/** Throws ClusterError 'invalid-file' for a file that `mergeIntoFile` would refuse. */
export function checkKubeconfigFile(path: string): void {
  readConfig(path);
}

/** Takes the context, cluster and user of that name out of the file; does nothing when they are not there. */
export function removeFromFile(path: string, name: string, server: string): void {
  if (!existsSync(path)) return;
  const target = realpathSync(path);
  const existing = readConfig(target);
  if (existing === undefined) return;
  const clusters = existing['clusters'];
  const ours =
    Array.isArray(clusters) && clusters.some((entry) => entry?.name === name && entry?.cluster?.server === server);
  if (ours)
    writeFileAtomically(target, kubeconfigText(removeFromKubeconfig(existing, name)), statSync(target).mode & 0o777);
}

/** The YAML text of a kubeconfig. */
export function kubeconfigText(config: Readonly<Record<string, unknown>>): string {
  return dump(config, { lineWidth: -1, noRefs: true });
}

function readConfig(path: string): Readonly<Record<string, unknown>> | undefined {
  if (!existsSync(path)) return undefined;
  const text = readFileSync(path, 'utf8');
  if (text.trim() === '') return undefined;
  const invalid = () =>
    new ClusterError('invalid-file', `${path} is not a kubeconfig; repair it or choose another with --kubeconfig FILE`);
  let parsed: unknown;
  try {
    parsed = load(text);
  } catch {
    throw invalid();
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) throw invalid();
  return parsed as Readonly<Record<string, unknown>>;
}
