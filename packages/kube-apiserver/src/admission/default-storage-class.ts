import { type Draft, type PersistentVolumeClaim, parseTime, Resources, type StorageClass } from '@steersman/api';
import { isDefaultClass } from '../resources/storage/storage-class.ts';
import type { AdmissionPlugin } from './contract.ts';
import { isWriteOf, list } from './request.ts';

const CLASS_ANNOTATION = 'volume.beta.kubernetes.io/storage-class';

/** Claims that name no class get the default one; the newest if there are several. */
export const defaultStorageClass: AdmissionPlugin = {
  name: 'DefaultStorageClass',
  handles: (request) => isWriteOf(request, '/persistentvolumeclaims', 'create'),
  async mutate(request) {
    const claim = request.object as Draft<PersistentVolumeClaim>;
    if (claim.spec.storageClassName !== undefined || claim.metadata.annotations?.[CLASS_ANNOTATION] !== undefined)
      return;
    const classes = (await list(request, Resources.storageClasses)).filter(isDefaultClass).toSorted(newestFirst);
    const name = classes[0]?.metadata.name;
    if (name !== undefined) claim.spec.storageClassName = name;
  },
};

function newestFirst(a: StorageClass, b: StorageClass): number {
  const age = parseTime(b.metadata.creationTimestamp ?? '') - parseTime(a.metadata.creationTimestamp ?? '');
  return age !== 0 ? age : (a.metadata.name ?? '').localeCompare(b.metadata.name ?? '');
}
