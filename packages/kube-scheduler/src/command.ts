import {
  createClient,
  createHttpTransport,
  fencedTransport,
  inClusterConfig,
  type Leadership,
  loadKubeconfig,
  runAsLeader,
  TransportError,
} from '@steersman/client';
import { type ComponentCommand, candidacyOf, type FlagValues } from '@steersman/server';
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

/** Elections do not wait behind the scheduler's requests. */
const ELECTION_AGENT = 'kube-scheduler/leader-election';

/** `steersman kube-scheduler`, with upstream's flags. */
export const command: ComponentCommand = {
  name: 'kube-scheduler',
  summary: 'Gives every pending pod a node that has room for it and that it wants.',
  flags,
  async run(values, effects, signal) {
    const config = configOf(values);
    const coordinated = candidacyOf(values);
    const transport = createHttpTransport(serverOf(values, config));
    const qps = values.number('kube-api-qps');
    let mayAct = () => true;
    const client = createClient(
      fencedTransport(transport, () => mayAct()),
      {
        userAgent: 'kube-scheduler',
        clock: effects.clock,
        ...(qps > 0 ? { qps, burst: values.number('kube-api-burst') } : {}),
      },
    );
    const listener = await serve(values, effects);
    const work = (leading: AbortSignal, leadership?: Leadership) => {
      mayAct = leadership?.mayAct ?? mayAct;
      return startScheduler({ client, effects, signal: leading, config });
    };
    const { leaderElect, resourceName, resourceNamespace, ...timings } = config.leaderElection;
    try {
      if (!leaderElect) return await work(signal);
      const lease = { namespace: resourceNamespace, name: resourceName };
      const identity = `${machineName()}_${effects.random.uuid()}`;
      const standing = {
        effects,
        lease,
        identity,
        releaseOnCancel: true,
        ...timings,
        ...(coordinated && { coordinated }),
      };
      const lost = await runAsLeader(
        { client: createClient(transport, { userAgent: ELECTION_AGENT }), ...standing },
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
