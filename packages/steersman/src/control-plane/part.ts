/** What the processes of a control plane have in common. */
import {
  type ClusterConfig,
  ClusterError,
  ensurePki,
  type Layout,
  type Part,
  type Pki,
  partsOf,
  readClusterConfig,
  recordOf,
  writeRecord,
} from '@steersman/cluster';
import type { Effects } from '@steersman/machinery';
import type { Flag, FlagValues } from '@steersman/server';
import { LOCATION_FLAGS, locationOf } from '../cli/location.ts';
import { pkiRequest } from '../deploy/credentials.ts';

export const PART_FLAGS: readonly Flag[] = [
  ...LOCATION_FLAGS,
  { name: 'part', type: 'string', default: 'control-plane', help: 'Which process of the control plane to be.' },
];

export interface PartContext {
  readonly config: ClusterConfig;
  readonly layout: Layout;
  readonly part: Part;
  readonly pki: Pki;
}

/** The cluster and the process that the flags name. Throws ClusterError 'invalid-option'. */
export async function partContext(flags: FlagValues, effects: Effects): Promise<PartContext> {
  const { layout } = locationOf(flags);
  const config = readClusterConfig(layout);
  if (config === undefined)
    throw new ClusterError('invalid-option', `there is no cluster in ${layout.folder}; run: steersman up`);
  const name = flags.string('part');
  const part = partsOf(config, layout).find((candidate) => candidate.name === name);
  if (part === undefined)
    throw new ClusterError(
      'invalid-option',
      `the cluster in ${layout.folder} has no part "${name}"; run: steersman up`,
    );
  // Written by itself too: an `up` that is killed right after starting it must find it the next time.
  const own = recordOf(process.pid);
  if (own !== undefined) writeRecord(part.pid, own);
  return { config, layout, part, pki: await ensurePki(layout.pki, pkiRequest(config), effects) };
}

export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
