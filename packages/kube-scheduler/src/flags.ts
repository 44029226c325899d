import {
  clientFlags,
  electionFlags,
  electionSettingsOf,
  type Flag,
  type FlagValues,
  ignoredFlag,
  readFlagFile,
  servingFlags,
  textFlag,
} from '@steersman/server';
import type { SchedulerConfig } from './config/contract.ts';
import { DEFAULT_CONFIG } from './config/defaults.ts';
import { parseSchedulerConfig } from './config/parse.ts';

/** Upstream's flags. */
export const flags: readonly Flag[] = [
  textFlag('config', 'The configuration file (KubeSchedulerConfiguration). Flags of leader election win over it.'),
  textFlag('kubeconfig', "The kubeconfig file; the pod's service account when neither this nor --config names one."),
  ...clientFlags({ burst: 100 }),
  ...electionFlags(DEFAULT_CONFIG.leaderElection),
  ...servingFlags({ port: 10259 }),
  ignoredFlag(
    'authentication-tolerate-lookup-failure',
    'Whether to go on when authentication settings cannot be read.',
    'bool',
  ),
  ignoredFlag('cert-dir', 'Where generated certificates go.'),
  ignoredFlag('contention-profiling', 'Whether lock profiles are served.', 'bool'),
];

/** The configuration that parsed flags amount to: the file first, and what was given on the command line over it. */
export function configOf(values: FlagValues): SchedulerConfig {
  const file = values.string('config');
  const config = file === '' ? DEFAULT_CONFIG : parseSchedulerConfig(readFlagFile(file, 'config'));
  return { ...config, leaderElection: electionSettingsOf(values, config.leaderElection) };
}
