import { isAlreadyExists, isTerminating, nameOf, namespaceOf, Resources } from '@steersman/api';
import type { Controller } from '../controller/contract.ts';
import { enqueueOn, objectOf, runLoop } from '../controller/run.ts';
import { withoutManagedFields } from '../pods/pod-view.ts';

/** The account of pods that name none. */
const DEFAULT_ACCOUNT = 'default';

/** Gives every namespace its `default` ServiceAccount, and gives it back when it is deleted. */
export const serviceAccountController: Controller = {
  name: 'serviceaccount-controller',
  alias: 'serviceaccount',
  account: 'service-account-controller',
  async run(context, signal) {
    const { client, informers, config } = context;
    const namespaces = informers.informer(Resources.namespaces, { project: withoutManagedFields });
    const accounts = informers.informer(Resources.serviceAccounts, {
      fieldSelector: `metadata.name=${DEFAULT_ACCOUNT}`,
      project: withoutManagedFields,
    });

    async function ensure(name: string): Promise<'on-change'> {
      const namespace = namespaces.get(name);
      if (
        namespace === undefined ||
        isTerminating(namespace) ||
        accounts.get(`${name}/${DEFAULT_ACCOUNT}`) !== undefined
      )
        return 'on-change';
      try {
        await client
          .resource(Resources.serviceAccounts)
          .create({ metadata: { namespace: name, name: DEFAULT_ACCOUNT } }, { signal });
      } catch (error) {
        if (!isAlreadyExists(error)) throw error;
      }
      return 'on-change';
    }

    await runLoop(
      context,
      {
        name: 'serviceaccount',
        concurrencyMax: config.concurrentServiceAccountSyncs,
        reconcile: ensure,
        connect: (queue) => {
          enqueueOn(namespaces, queue, (change) => (change.kind === 'deleted' ? [] : [nameOf(objectOf(change))]));
          enqueueOn(accounts, queue, (change) => (change.kind === 'deleted' ? [namespaceOf(change.last)] : []));
        },
      },
      signal,
    );
  },
};
