/** Which cluster a command is about. */
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { ClusterError, type Layout, layoutOf } from '@steersman/cluster';
import type { Flag, FlagValues } from '@steersman/server';

export const LOCATION_FLAGS: readonly Flag[] = [
  { name: 'name', type: 'string', default: 'steersman', help: 'Name of the cluster and of its kubeconfig context.' },
  {
    name: 'data-dir',
    type: 'string',
    help: 'Folder of the cluster; by default /var/lib/steersman/NAME for root, ~/.local/share/steersman/NAME for others.',
  },
];

/** The cluster that the flags name. Throws ClusterError for a name that could not be a file or device name. */
export function locationOf(flags: FlagValues): { readonly name: string; readonly layout: Layout } {
  const name = flags.string('name');
  if (!/^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/.test(name)) {
    throw new ClusterError('invalid-option', `--name ${name}: use up to 40 lower-case letters, digits and dashes`);
  }
  const given = flags.string('data-dir');
  const folder = given === '' ? join(defaultBase(), name) : resolve(given);
  if (/^\/run(\/|$)/.test(folder)) {
    throw new ClusterError(
      'invalid-option',
      `--data-dir ${folder}: nodes have a /run of their own; choose a folder elsewhere`,
    );
  }
  return { name, layout: layoutOf(folder) };
}

function defaultBase(): string {
  if (process.getuid?.() === 0) return '/var/lib/steersman';
  return join(process.env['XDG_DATA_HOME'] || join(homedir(), '.local', 'share'), 'steersman');
}
