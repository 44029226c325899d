import type { Draft, KubeObject, ResourceType } from '@steersman/api';
import type { RequestContext } from '../registry/contract.ts';

export interface AdmissionRequest extends RequestContext {
  readonly resource: ResourceType;
  /** The new object; undefined for delete. Mutating plugins change it in place. */
  readonly object: Draft<KubeObject> | undefined;
  readonly oldObject: KubeObject | undefined;
}

/**
 * One file each. Throws or rejects with ApiError (Forbidden, Invalid ...) to refuse; a promise only where it has to wait.
 * Plugins run in the order of the list.
 */
export interface AdmissionPlugin {
  /** Upstream's name, such as `NamespaceLifecycle`. */
  readonly name: string;
  readonly handles: (request: AdmissionRequest) => boolean;
  readonly mutate?: (request: AdmissionRequest) => Promise<void> | undefined;
  readonly validate?: (request: AdmissionRequest) => Promise<void> | undefined;
}
