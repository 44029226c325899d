import {
  type Endpoints,
  ignoreNotFound,
  isTerminating,
  keyOf,
  type Pod,
  Resources,
  type Service,
  splitKey,
} from '@steersman/api';
import type { Informer } from '@steersman/client';
import type { Reconcile } from '@steersman/machinery';
import type { Controller, ControllerContext } from '../controller/contract.ts';
import { enqueueOn, objectOf, runLoop } from '../controller/run.ts';
import { podInformer, withoutManagedFields } from '../pods/pod-view.ts';
import {
  canBeEndpoint,
  selectedPods,
  selectsPods,
  serviceInformer,
  servicesOfChange,
} from '../service-pods/selection.ts';
import { MANAGED_BY_LABEL, MANAGER, planEndpoints } from './plan.ts';

interface Caches {
  readonly services: Informer<Service>;
  readonly pods: Informer<Pod>;
  readonly endpoints: Informer<Endpoints>;
}

/** One pass over the Endpoints object of one service. */
export function endpointsReconciler(
  { client }: ControllerContext,
  { services, pods, endpoints }: Caches,
  deleted: Set<string>,
): Reconcile {
  const requests = client.resource(Resources.endpoints);
  return async function reconcileEndpoints(key, signal) {
    const service = services.get(key) as Service | undefined;
    const current = endpoints.get(key) as Endpoints | undefined;
    if (service === undefined) {
      // Endpoints that never had a service (people make such) are not ours to delete.
      const ours = current?.metadata.labels?.[MANAGED_BY_LABEL] === MANAGER || deleted.has(key);
      deleted.delete(key);
      if (current === undefined || !ours) return 'on-change';
      await requests.delete(splitKey(key), { signal }).catch(ignoreNotFound);
      return 'on-change';
    }
    if (!selectsPods(service) || isTerminating(service)) return 'on-change';
    const publishNotReady = service.spec.publishNotReadyAddresses === true;
    const candidates = selectedPods(service, pods).filter((pod) => canBeEndpoint(pod, publishNotReady));
    const wanted = planEndpoints(service, candidates, current);
    if (wanted === undefined) return 'on-change';
    if (current === undefined) await requests.create(wanted, { signal });
    else await requests.update(wanted, { signal });
    return 'on-change';
  };
}

export const endpointsController: Controller = {
  name: 'endpoints-controller',
  alias: 'endpoint',
  account: 'endpoint-controller',
  async run(context, signal) {
    const services = serviceInformer(context.informers);
    const pods = podInformer(context.informers);
    const endpoints = context.informers.informer(Resources.endpoints, { project: withoutManagedFields<Endpoints> });
    const deleted = new Set<string>();
    await runLoop(
      context,
      {
        name: 'endpoint',
        concurrencyMax: context.config.concurrentEndpointSyncs,
        reconcile: endpointsReconciler(context, { services, pods, endpoints }, deleted),
        connect: (queue) => {
          enqueueOn(services, queue, (change) => {
            if (change.kind === 'deleted') deleted.add(keyOf(change.last));
            return [keyOf(objectOf(change))];
          });
          enqueueOn(pods, queue, (change) => servicesOfChange(change, services));
          enqueueOn(endpoints, queue, (change) => [keyOf(objectOf(change))]);
        },
      },
      signal,
    );
  },
};
