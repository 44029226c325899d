/** What a component says of itself when the API server elects its leader (KEP-4355). */
import type { Flag, FlagValues } from './contract.ts';
import { featureGatesOf } from './feature-gates.ts';
import { FlagError } from './flag-error.ts';
import { VERSION } from './version.ts';

/** How many releases back upstream's components can emulate. */
const RELEASES_BACK_MAX = 3;
const NEWEST = Number(VERSION.minor);
const OLDEST = NEWEST - RELEASES_BACK_MAX;

export const emulatedVersionFlag: Flag = {
  name: 'emulated-version',
  type: 'strings',
  default: '',
  help: `The version to be taken for in elections by the API server, such as kube=1.${NEWEST - 1}; from 1.${OLDEST} to 1.${NEWEST}. What the component does is the same.`,
};

export interface Candidacy {
  /** Such as 1.36.0. */
  readonly binaryVersion: string;
  readonly emulationVersion: string;
}

/** Undefined unless the feature is on. Throws FlagError for versions that cannot be emulated. */
export function candidacyOf(values: FlagValues): Candidacy | undefined {
  const emulationVersion = emulatedVersion(values.strings('emulated-version'));
  if (!featureGatesOf(values.map('feature-gates')).enabled('CoordinatedLeaderElection')) return undefined;
  return { binaryVersion: `${VERSION.major}.${VERSION.minor}.0`, emulationVersion };
}

function emulatedVersion(given: readonly string[]): string {
  let minor = NEWEST;
  for (const text of given) {
    const match = /^(?:([^=]*)=)?(\d+)\.(\d+)$/.exec(text);
    if (match === null)
      throw new FlagError('invalid-value', `--emulated-version=${text} is not of the form kube=1.${NEWEST}`);
    const [, component = 'kube', major] = match;
    if (component !== 'kube') throw new FlagError('invalid-value', `component not registered: ${component}`);
    minor = Number(match[3]);
    if (major !== VERSION.major || minor < OLDEST || minor > NEWEST)
      throw new FlagError(
        'invalid-value',
        `emulation version ${major}.${minor} is not between [1.${OLDEST}, ${VERSION.major}.${VERSION.minor}.0]`,
      );
  }
  return `${VERSION.major}.${minor}.0`;
}
