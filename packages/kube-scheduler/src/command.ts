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
import { environment, machineName } from './adapters/machine.ts';
import type { SchedulerConfig } from './config/contract.ts';
import { configOf, flags } from './flags.ts';
import { startScheduler } from './scheduler.ts';
import { serve } from './serve.ts';

/** The server to talk to: from a kubeconfig, or from the pod's service account; `--master` overrides the address. */
function serverOf(values: FlagValues, config: SchedulerConfig) {
  const kubeconfig = values.string('kubeconfig') || (config.kubeconfig ?? '');
  const master = values.string('master');
  const server = kubeconfig === '' ? inClusterConfig(environment()) : loadKubeconfig(kubeconfig);
  return master === '' ? server : { ...server, server: master };
}

/** How it stands for election by the API server, if it is told to (KEP-4355). */
function candidacy(values: FlagValues): Pick<LeaderElectionOptions, 'coordinated'> {
  if (!featureGatesOf(values.map('feature-gates')).enabled('CoordinatedLeaderElection')) return {};
  const binaryVersion = `${VERSION.major}.${VERSION.minor}.0`;
  const emulationVersion = `${VERSION.emulationMajor}.${VERSION.emulationMinor}.0`;
  return { coordinated: { binaryVersion, emulationVersion } };
}

/** `steersman kube-scheduler`, with upstream's flags. */
export const command: ComponentCommand = {
  name: 'kube-scheduler',
  summary: 'Gives every pending pod a node that has room for it and that it wants.',
  flags,
  async run(values, effects, signal) {
    const config = configOf(values);
    const transport = createHttpTransport(serverOf(values, config));
    const qps = values.number('kube-api-qps');
    const client = createClient(transport, {
      userAgent: 'kube-scheduler',
      clock: effects.clock,
      ...(qps > 0 ? { qps, burst: values.number('kube-api-burst') } : {}),
    });
    const listener = await serve(values, effects);
    const work = (leading: AbortSignal) => startScheduler({ client, effects, signal: leading, config });
    const { leaderElect, resourceName, resourceNamespace, ...timings } = config.leaderElection;
    try {
      if (!leaderElect) return await work(signal);
      const lease = { namespace: resourceNamespace, name: resourceName };
      const identity = `${machineName()}_${effects.random.uuid()}`;
      const lost = await runAsLeader(
        { client, effects, lease, identity, releaseOnCancel: true, ...timings, ...candidacy(values) },
        work,
        signal,
      );
      if (lost) throw new TransportError('ConnectionLost', 'leader election lost; start the scheduler again');
    } finally {
      await listener?.close();
      await transport.close();
    }
  },
};
