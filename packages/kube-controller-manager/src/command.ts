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

/** Elections do not wait behind the controllers' requests. */
const ELECTION_AGENT = 'kube-controller-manager/leader-election';

/** `steersman kube-controller-manager`, with upstream's flags. */
export const command: ComponentCommand = {
  name: 'kube-controller-manager',
  summary: 'Runs the controllers that move the cluster towards what its objects ask for.',
  flags,
  async run(values, effects, signal) {
    const rootCaFile = values.string('root-ca-file');
    const config = configOf(values, rootCaFile === '' ? undefined : readTextFile(rootCaFile, 'root-ca-file'));
    const server = serverOf(values);
    const coordinated = candidacyOf(values);
    const transport = createHttpTransport(server);
    const qps = values.number('kube-api-qps');
    let mayAct = () => true;
    const client = createClient(
      fencedTransport(transport, () => mayAct()),
      {
        userAgent: 'kube-controller-manager',
        clock: effects.clock,
        ...(qps > 0 ? { qps, burst: values.number('kube-api-burst') } : {}),
      },
    );
    const {
      certificate: _certificate,
      key: _key,
      token: _token,
      username: _user,
      password: _password,
      ...anyone
    } = server;
    const anonymous = fencedTransport(createHttpTransport(anyone), () => mayAct());
    const own = values.bool('use-service-account-credentials')
      ? { clientFor: accountClients({ client, anonymous, clock: effects.clock }) }
      : {};
    const work = (leading: AbortSignal, leadership?: Leadership) => {
      mayAct = leadership?.mayAct ?? mayAct;
      return startControllerManager({ client, effects, signal: leading, config, ...own });
    };
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
      if (lost) throw new TransportError('ConnectionLost', 'leader election lost; start the controller manager again');
    } finally {
      await Promise.all([transport.close(), anonymous.close(), listener?.close()]);
    }
  },
};
