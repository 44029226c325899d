import {
  createClient,
  createHttpTransport,
  inClusterConfig,
  type LeaderElectionOptions,
  loadKubeconfig,
  runAsLeader,
  TransportError,
} from '@steersman/client';
import { type ComponentCommand, type FlagValues, featureGatesOf, VERSION } from '@steersman/server';
import { accountClients } from './account-clients.ts';
import { environment, machineName, readTextFile } from './adapters/machine.ts';
import { configOf, flags } from './flags.ts';
import { startControllerManager } from './manager.ts';
import { startServing } from './serving.ts';

/** The server to talk to: from the kubeconfig, or from the pod's service account; `--master` overrides the address. */
function serverOf(values: FlagValues) {
  const kubeconfig = values.string('kubeconfig');
  const master = values.string('master');
  const config = kubeconfig === '' ? inClusterConfig(environment()) : loadKubeconfig(kubeconfig);
  return master === '' ? config : { ...config, server: master };
}

/** How it stands for election by the API server, if it is told to (KEP-4355). */
function candidacy(values: FlagValues): Pick<LeaderElectionOptions, 'coordinated'> {
  if (!featureGatesOf(values.map('feature-gates')).enabled('CoordinatedLeaderElection')) return {};
  const binaryVersion = `${VERSION.major}.${VERSION.minor}.0`;
  const emulationVersion = `${VERSION.emulationMajor}.${VERSION.emulationMinor}.0`;
  return { coordinated: { binaryVersion, emulationVersion } };
}

/** `steersman kube-controller-manager`, with upstream's flags. */
export const command: ComponentCommand = {
  name: 'kube-controller-manager',
  summary: 'Runs the controllers that move the cluster towards what its objects ask for.',
  flags,
  async run(values, effects, signal) {
    const rootCaFile = values.string('root-ca-file');
    const config = configOf(values, rootCaFile === '' ? undefined : readTextFile(rootCaFile, 'root-ca-file'));
    const server = serverOf(values);
    const transport = createHttpTransport(server);
    const qps = values.number('kube-api-qps');
    const client = createClient(transport, {
      userAgent: 'kube-controller-manager',
      clock: effects.clock,
      ...(qps > 0 ? { qps, burst: values.number('kube-api-burst') } : {}),
    });
    const {
      certificate: _certificate,
      key: _key,
      token: _token,
      username: _user,
      password: _password,
      ...anyone
    } = server;
    const anonymous = createHttpTransport(anyone);
    const own = values.bool('use-service-account-credentials')
      ? { clientFor: accountClients({ client, anonymous, clock: effects.clock }) }
      : {};
    const work = (leading: AbortSignal) => startControllerManager({ client, effects, signal: leading, config, ...own });
    const listener = await startServing(values, effects);
    try {
      if (!values.bool('leader-elect')) return await work(signal);
      const lease = {
        namespace: values.string('leader-elect-resource-namespace'),
        name: values.string('leader-elect-resource-name'),
      };
      const identity = `${machineName()}_${effects.random.uuid()}`;
      const timings = {
        leaseDurationMs: values.number('leader-elect-lease-duration'),
        renewDeadlineMs: values.number('leader-elect-renew-deadline'),
        retryPeriodMs: values.number('leader-elect-retry-period'),
      };
      const lost = await runAsLeader(
        { client, effects, lease, identity, releaseOnCancel: true, ...timings, ...candidacy(values) },
        work,
        signal,
      );
      if (lost) throw new TransportError('ConnectionLost', 'leader election lost; start the controller manager again');
    } finally {
      await Promise.all([transport.close(), anonymous.close(), listener?.close()]);
    }
  },
};
