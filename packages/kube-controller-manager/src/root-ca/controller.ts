import { type ConfigMap, isAlreadyExists, isTerminating, nameOf, namespaceOf, Resources } from '@steersman/api';
import type { Controller } from '../controller/contract.ts';
import { enqueueOn, objectOf, runLoop } from '../controller/run.ts';
import { withoutManagedFields } from '../pods/pod-view.ts';

/** Where every pod's service account volume takes its `ca.crt` from. */
const CONFIG_MAP = 'kube-root-ca.crt';
const CA_KEY = 'ca.crt';

/** Publishes the cluster's root certificate in every namespace, and repairs it when someone changes it. */
export const rootCaPublisher: Controller = {
  name: 'root-ca-certificate-publisher-controller',
  alias: 'root-ca-cert-publisher',
  account: 'root-ca-cert-publisher',
  async run(context, signal) {
    const { client, informers, config, effects } = context;
    const { rootCa } = config;
    if (rootCa === undefined || rootCa === '') {
      effects.log.info('Not publishing the root certificate: --root-ca-file is not set');
      return;
    }
    const namespaces = informers.informer(Resources.namespaces, { project: withoutManagedFields });
    const configMaps = informers.informer(Resources.configMaps, {
      fieldSelector: `metadata.name=${CONFIG_MAP}`,
      project: withoutManagedFields,
    });
    const requests = client.resource(Resources.configMaps);

    async function publish(name: string): Promise<'on-change'> {
      const namespace = namespaces.get(name);
      if (namespace === undefined || isTerminating(namespace)) return 'on-change';
      const current = configMaps.get(`${name}/${CONFIG_MAP}`) as ConfigMap | undefined;
      const data = { [CA_KEY]: rootCa as string };
      if (current === undefined) {
        try {
          await requests.create({ metadata: { namespace: name, name: CONFIG_MAP }, data }, { signal });
        } catch (error) {
          if (!isAlreadyExists(error)) throw error;
        }
        return 'on-change';
      }
      if (current.data?.[CA_KEY] !== rootCa || Object.keys(current.data ?? {}).length !== 1)
        await requests.update({ ...current, data }, { signal });
      return 'on-change';
    }

    await runLoop(
      context,
      {
        name: 'root-ca',
        reconcile: publish,
        connect: (queue) => {
          enqueueOn(namespaces, queue, (change) => (change.kind === 'deleted' ? [] : [nameOf(objectOf(change))]));
          enqueueOn(configMaps, queue, (change) => [namespaceOf(objectOf(change))]);
        },
      },
      signal,
    );
  },
};
