import type { Draft, KubeObject } from '@steersman/api';
import type { AdmissionPlugin } from './contract.ts';

/** What keeps an object while it is in use, by resource. A controller takes it off again. */
const FINALIZERS: Readonly<Record<string, string>> = {
  '/persistentvolumes': 'kubernetes.io/pv-protection',
  '/persistentvolumeclaims': 'kubernetes.io/pvc-protection',
};

/** Volumes and claims do not vanish under the pods that use them. */
export const storageObjectInUseProtection: AdmissionPlugin = {
  name: 'StorageObjectInUseProtection',
  handles: ({ resource, operation, subresource }) =>
    operation === 'create' && subresource === '' && FINALIZERS[`${resource.group}/${resource.plural}`] !== undefined,
  async mutate({ object, resource }) {
    const finalizer = FINALIZERS[`${resource.group}/${resource.plural}`]!;
    const { metadata } = object as Draft<KubeObject>;
    if (metadata.finalizers?.includes(finalizer) === true) return;
    metadata.finalizers = [...(metadata.finalizers ?? []), finalizer];
  },
};
