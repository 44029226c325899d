import { readFileSync } from 'node:fs';
import { ClusterError } from '@steersman/cluster';
import type { ComponentCommand } from '@steersman/server';
import { LOCATION_FLAGS, locationOf } from '../cli/location.ts';

/** `steersman kubeconfig`: for `--kubeconfig <(steersman kubeconfig)` and for copying to other machines. */
export const command: ComponentCommand = {
  name: 'kubeconfig',
  summary: "Prints the administrator's kubeconfig of the cluster.",
  flags: LOCATION_FLAGS,
  async run(flags) {
    const { layout } = locationOf(flags);
    try {
      process.stdout.write(readFileSync(layout.kubeconfig, 'utf8'));
    } catch {
      throw new ClusterError('invalid-option', `there is no cluster in ${layout.folder}; run: steersman up`);
    }
  },
};
