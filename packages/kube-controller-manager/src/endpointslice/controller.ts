import {
  type EndpointSlice,
  ignoreNotFound,
  isTerminating,
  keyOf,
  type Node,
  nameOf,
  namespaceOf,
  type Pod,
  Resources,
  type Service,
} from '@steersman/api';
import type { Informer } from '@steersman/client';
import type { Reconcile } from '@steersman/machinery';
import type { Controller, ControllerContext } from '../controller/contract.ts';
import { enqueueOn, objectOf, runLoop } from '../controller/run.ts';
import { canonicalText } from '../controller/same.ts';
import { nodeInformer } from '../nodes/node-view.ts';
import { podInformer, withoutManagedFields } from '../pods/pod-view.ts';
import { type PodPort, portsOf } from '../service-pods/ports.ts';
import {
  canBeEndpoint,
  selectedPods,
  selectsPods,
  serviceInformer,
  servicesOfChange,
} from '../service-pods/selection.ts';
import { type AddressType, endpointOf } from './endpoint.ts';
import { createFreshness, type Freshness } from './freshness.ts';
import { type EndpointGroup, MANAGED_BY_LABEL, MANAGER, planSlices, SERVICE_NAME_LABEL } from './plan.ts';

/** How long to wait for the watch to bring our own writes, before looking again without a change. */
const STALE_RETRY_MS = 1_000;

interface Caches {
  readonly services: Informer<Service>;
  readonly pods: Informer<Pod>;
  readonly nodes: Informer<Node>;
  readonly slices: Informer<EndpointSlice>;
}

function serviceKeyOf(slice: EndpointSlice): string {
  return `${namespaceOf(slice)}/${slice.metadata.labels?.[SERVICE_NAME_LABEL] ?? ''}`;
}

function addressTypesOf({ spec }: Service): readonly AddressType[] {
  const families = (spec.ipFamilies ?? []).filter(
    (family): family is AddressType => family === 'IPv4' || family === 'IPv6',
  );
  return families.length > 0 ? families : ['IPv4'];
}

/** The endpoints of a service's pods, grouped by family and ports (a named port may be another number on each pod). */
function groupsOf(service: Service, pods: readonly Pod[], nodes: Informer<Node>): readonly EndpointGroup[] {
  const groups = new Map<
    string,
    {
      addressType: AddressType;
      ports: readonly PodPort[];
      endpoints: NonNullable<EndpointSlice['endpoints']>[number][];
    }
  >();
  for (const pod of pods) {
    const ports = portsOf(service, pod);
    for (const addressType of addressTypesOf(service)) {
      const endpoint = endpointOf(service, pod, nodes.get(pod.spec.nodeName ?? '') as Node | undefined, addressType);
      if (endpoint === undefined) continue;
      const name = canonicalText([addressType, ports]);
      const group = groups.get(name) ?? { addressType, ports, endpoints: [] };
      group.endpoints.push(endpoint);
      groups.set(name, group);
    }
  }
  return [...groups.values()];
}

/** Observe, plan, act: one pass over one service's slices. */
export function endpointSliceReconciler(
  context: ControllerContext,
  { services, pods, nodes, slices }: Caches,
  freshness: Freshness,
): Reconcile {
  const requests = context.client.resource(Resources.endpointSlices);
  return async function reconcileSlices(key, signal) {
    const service = services.get(key) as Service | undefined;
    if (service === undefined || isTerminating(service)) {
      freshness.forget(key); // The garbage collector takes its slices.
      return 'on-change';
    }
    if (!selectsPods(service)) return 'on-change';
    const own = (slices.byIndex('service', key) as readonly EndpointSlice[]).filter(
      ({ metadata }) => metadata.labels?.[MANAGED_BY_LABEL] === MANAGER,
    );
    if (!freshness.isFresh(key, own)) return { afterMs: STALE_RETRY_MS };
    const groups = groupsOf(
      service,
      selectedPods(service, pods).filter((pod) => canBeEndpoint(pod, true)),
      nodes,
    );
    const { create, update, remove } = planSlices({
      service,
      groups,
      addressTypes: addressTypesOf(service),
      slices: own,
      endpointsPerSliceMax: context.config.maxEndpointsPerSlice,
    });
    for (const slice of create) freshness.wrote(key, await requests.create(slice, { signal }));
    for (const slice of update) freshness.wrote(key, await requests.update(slice, { signal }));
    for (const slice of remove) {
      freshness.gone(key, nameOf(slice));
      await requests.delete({ namespace: namespaceOf(slice), name: nameOf(slice) }, { signal }).catch(ignoreNotFound);
    }
    return 'on-change';
  };
}

export const endpointSliceController: Controller = {
  name: 'endpointslice-controller',
  alias: 'endpointslice',
  account: 'endpointslice-controller',
  async run(context, signal) {
    const { informers, config } = context;
    const services = serviceInformer(informers);
    const pods = podInformer(informers);
    const nodes = nodeInformer(informers);
    const slices = informers.informer(Resources.endpointSlices, {
      project: withoutManagedFields<EndpointSlice>,
      indexes: { service: (slice: EndpointSlice) => [serviceKeyOf(slice)] },
    });
    const freshness = createFreshness();
    await runLoop(
      context,
      {
        name: 'endpoint_slice',
        concurrencyMax: config.concurrentServiceEndpointSyncs,
        reconcile: endpointSliceReconciler(context, { services, pods, nodes, slices }, freshness),
        connect: (queue) => {
          enqueueOn(services, queue, (change) => [keyOf(objectOf(change))]);
          enqueueOn(pods, queue, (change) => servicesOfChange(change, services));
          enqueueOn(slices, queue, (change) => {
            const slice = objectOf(change);
            if (change.kind === 'deleted') freshness.gone(serviceKeyOf(slice), nameOf(slice));
            return slice.metadata.labels?.[MANAGED_BY_LABEL] === MANAGER ? [serviceKeyOf(slice)] : [];
          });
        },
      },
      signal,
    );
  },
};
