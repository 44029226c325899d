import {
  type ClientOptions,
  createClient,
  createHttpTransport,
  fencedTransport,
  type HttpTransportOptions,
  type Leadership,
  serverConfig,
  workWhenElected,
} from '@steersman/client';
import { type ComponentCommand, flagFile, requestLimitsOf, startServing } from '@steersman/server';
import { accountClients } from './account-clients.ts';
import { configOf, flags, standingFor } from './flags.ts';
import { startControllerManager } from './manager.ts';

const COMPONENT = 'kube-controller-manager';

/** `steersman kube-controller-manager`, with upstream's flags. */
export const command: ComponentCommand = {
  name: COMPONENT,
  summary: 'Runs the controllers that move the cluster towards what its objects ask for.',
  flags,
  async run(values, effects, signal) {
    const config = configOf(values, flagFile(values, 'root-ca-file'));
    const server = serverConfig({ kubeconfig: values.string('kubeconfig'), master: values.string('master') });
    const standing = standingFor(values);
    const transport = createHttpTransport(server);
    const anonymous = createHttpTransport(withoutCredentials(server));
    const { clock } = effects;
    const requests: ClientOptions = { userAgent: COMPONENT, clock, ...requestLimitsOf(values) };
    const work = ({ signal: leading, mayAct }: Leadership) => {
      const client = createClient(fencedTransport(transport, mayAct), requests);
      const own = values.bool('use-service-account-credentials')
        ? { clientFor: accountClients({ client, anonymous: fencedTransport(anonymous, mayAct), clock }) }
        : {};
      return startControllerManager({ client, effects, signal: leading, config, ...own });
    };
    const listener = await startServing(values, effects);
    try {
      await workWhenElected({ component: COMPONENT, transport, effects, standing, work }, signal);
    } finally {
      await Promise.all([transport.close(), anonymous.close(), listener?.close()]);
    }
  },
};

function withoutCredentials(server: HttpTransportOptions): HttpTransportOptions {
  const {
    certificate: _certificate,
    key: _key,
    token: _token,
    username: _user,
    password: _password,
    ...anyone
  } = server;
  return anyone;
}
