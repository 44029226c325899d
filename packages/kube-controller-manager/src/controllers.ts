import type { Controller } from './controller/contract.ts';
import { cronJobController } from './cronjob/controller.ts';
import { daemonSetController } from './daemonset/controller.ts';
import { deploymentController } from './deployment/controller.ts';
import { disruptionController } from './disruption/controller.ts';
import { endpointsController } from './endpoints/controller.ts';
import { endpointSliceController } from './endpointslice/controller.ts';
import { garbageCollector } from './garbage-collector/controller.ts';
import { jobController } from './job/controller.ts';
import { namespaceController } from './namespace/controller.ts';
import { nodeIpamController } from './node-ipam/controller.ts';
import { nodeLifecycleController } from './node-lifecycle/controller.ts';
import { podGcController } from './pod-gc/controller.ts';
import { replicaSetController } from './replicaset/controller.ts';
import { replicationController } from './replicationcontroller/controller.ts';
import { resourceQuotaController } from './resource-quota/controller.ts';
import { rootCaPublisher } from './root-ca/controller.ts';
import { serviceAccountController } from './serviceaccount/controller.ts';
import { statefulSetController } from './statefulset/controller.ts';
import { claimProtectionController, volumeProtectionController } from './storage-protection/controller.ts';
import { storageVersionCollector } from './storage-version-gc/controller.ts';
import { taintEvictionController } from './taint-eviction/controller.ts';
import { ttlAfterFinishedController } from './ttl-after-finished/controller.ts';

/** Every controller of this package, in no particular order: they meet only through the API. */
export const allControllers: readonly Controller[] = [
  serviceAccountController,
  rootCaPublisher,
  namespaceController,
  deploymentController,
  replicaSetController,
  replicationController,
  disruptionController,
  endpointsController,
  endpointSliceController,
  nodeIpamController,
  nodeLifecycleController,
  taintEvictionController,
  podGcController,
  garbageCollector,
  jobController,
  cronJobController,
  daemonSetController,
  statefulSetController,
  ttlAfterFinishedController,
  resourceQuotaController,
  claimProtectionController,
  volumeProtectionController,
  storageVersionCollector,
];
