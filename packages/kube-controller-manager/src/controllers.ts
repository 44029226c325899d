import type { Controller } from './controller/contract.ts';
import { deploymentController } from './deployment/controller.ts';
import { namespaceController } from './namespace/controller.ts';
import { replicaSetController } from './replicaset/controller.ts';
import { rootCaPublisher } from './root-ca/controller.ts';
import { serviceAccountController } from './serviceaccount/controller.ts';

/** Every controller of this package, in no particular order: they meet only through the API. */
export const allControllers: readonly Controller[] = [
  serviceAccountController,
  rootCaPublisher,
  namespaceController,
  deploymentController,
  replicaSetController,
];
