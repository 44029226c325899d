import { emulatedVersionFlag, type Flag, type FlagValues } from '@steersman/server';
import { readTextFile } from './adapters/machine.ts';
import type { SchedulerConfig } from './config/contract.ts';
import { DEFAULT_CONFIG } from './config/defaults.ts';
import { parseSchedulerConfig } from './config/parse.ts';

const election = DEFAULT_CONFIG.leaderElection;
const text = (name: string, value: string, help: string): Flag => ({ name, type: 'string', default: value, help });
const duration = (name: string, ms: number, help: string): Flag => ({
  name,
  type: 'duration',
  default: `${ms / 1000}s`,
  help,
});
const ignored = (name: string, type: Flag['type'], help: string): Flag => ({
  name,
  type,
  help,
  ignored: true,
});

/** Upstream's flags. */
export const flags: readonly Flag[] = [
  text('config', '', 'The configuration file (KubeSchedulerConfiguration). Flags of leader election then come second.'),
  text('kubeconfig', '', "The kubeconfig file; the pod's service account when neither this nor --config names one."),
  text('master', '', 'The address of the API server, instead of the one in the kubeconfig.'),
  { name: 'leader-elect', type: 'bool', default: true, help: 'Whether to work only while holding the leader lease.' },
  duration('leader-elect-lease-duration', election.leaseDurationMs, 'How long others wait for a silent leader.'),
  duration(
    'leader-elect-renew-deadline',
    election.renewDeadlineMs,
    'How long the leader tries to renew before it gives up.',
  ),
  duration('leader-elect-retry-period', election.retryPeriodMs, 'The pause between tries.'),
  text('leader-elect-resource-name', election.resourceName, 'The name of the leader lease.'),
  text('leader-elect-resource-namespace', election.resourceNamespace, 'The namespace of the leader lease.'),
  text('bind-address', '0.0.0.0', 'The address to serve health and metrics on.'),
  {
    name: 'secure-port',
    type: 'int',
    default: 10259,
    help: 'The port to serve health and metrics on. Nothing is served when 0, or without --tls-cert-file.',
  },
  text('tls-cert-file', '', 'The certificate to serve with.'),
  text('tls-private-key-file', '', 'The key of --tls-cert-file.'),
  text('client-ca-file', '', 'The authority of clients, whose certificates /metrics asks for.'),
  { name: 'kube-api-qps', type: 'float', default: 0, help: 'Requests a second to the API server; unlimited when 0.' },
  {
    name: 'kube-api-burst',
    type: 'int',
    default: 100,
    help: 'Requests that may go out at once before --kube-api-qps counts.',
  },
  ignored('leader-elect-resource-lock', 'string', 'The kind of lock; always leases.'),
  ignored('authentication-kubeconfig', 'string', 'The kubeconfig for authentication of requests to this component.'),
  ignored('authorization-kubeconfig', 'string', 'The kubeconfig for authorization of requests to this component.'),
  ignored(
    'authentication-tolerate-lookup-failure',
    'bool',
    'Whether to go on when authentication settings cannot be read.',
  ),
  ignored('requestheader-client-ca-file', 'string', 'The authority of front proxies.'),
  ignored('cert-dir', 'string', 'Where generated certificates go.'),
  {
    name: 'feature-gates',
    type: 'map',
    default: '',
    help: "Turns features on or off by upstream's names. CoordinatedLeaderElection: be elected by the API server.",
  },
  emulatedVersionFlag,
  ignored('profiling', 'bool', 'Whether profiles are served.'),
  ignored('contention-profiling', 'bool', 'Whether lock profiles are served.'),
];

/** The configuration that parsed flags amount to: the file first, and what was given on the command line over it. */
export function configOf(values: FlagValues): SchedulerConfig {
  const file = values.string('config');
  const config = file === '' ? DEFAULT_CONFIG : parseSchedulerConfig(readTextFile(file, 'config'));
  const given = <T>(name: string, value: () => T, otherwise: T): T => (values.given(name) ? value() : otherwise);
  const { leaderElection } = config;
  const milliseconds = (name: string, otherwise: number) => given(name, () => values.number(name), otherwise);
  const name = (flag: string, otherwise: string) => given(flag, () => values.string(flag), otherwise);
  return {
    ...config,
    leaderElection: {
      leaderElect: given('leader-elect', () => values.bool('leader-elect'), leaderElection.leaderElect),
      leaseDurationMs: milliseconds('leader-elect-lease-duration', leaderElection.leaseDurationMs),
      renewDeadlineMs: milliseconds('leader-elect-renew-deadline', leaderElection.renewDeadlineMs),
      retryPeriodMs: milliseconds('leader-elect-retry-period', leaderElection.retryPeriodMs),
      resourceName: name('leader-elect-resource-name', leaderElection.resourceName),
      resourceNamespace: name('leader-elect-resource-namespace', leaderElection.resourceNamespace),
    },
  };
}
