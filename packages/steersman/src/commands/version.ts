import type { ComponentCommand } from '@steersman/server';
import { VERSION } from '@steersman/server';

/** `steersman version`. */
export const command: ComponentCommand = {
  name: 'version',
  summary: 'Prints the version of Steersman and of the Kubernetes it speaks.',
  flags: [{ name: 'output', shorthand: 'o', type: 'string', help: 'json, or nothing for a line of text.' }],
  async run(flags) {
    const text =
      flags.string('output') === 'json' ? JSON.stringify(VERSION, undefined, 2) : `Steersman ${VERSION.gitVersion}`;
    process.stdout.write(`${text}\n`);
  },
};
