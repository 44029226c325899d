import { type PersistentVolumeClaim, Resources } from '@steersman/api';
import { quantityOf } from '../resources/pod-spec/quantities.ts';
import type { AdmissionPlugin } from './contract.ts';
import { find, forbidden, isWriteOf } from './request.ts';

/** Only claims whose class allows it may grow. */
export const persistentVolumeClaimResize: AdmissionPlugin = {
  name: 'PersistentVolumeClaimResize',
  handles: (request) => isWriteOf(request, '/persistentvolumeclaims', 'update'),
  async validate(request) {
    const now = quantityOf((request.object as PersistentVolumeClaim).spec.resources?.requests?.['storage']);
    const claim = request.oldObject as PersistentVolumeClaim;
    const before = quantityOf(claim.spec.resources?.requests?.['storage']);
    if (now === undefined || before === undefined || now.compare(before) <= 0) return;
    if (claim.status?.phase !== 'Bound')
      throw forbidden(request, 'Only bound persistent volume claims can be expanded');
    const name = claim.spec.storageClassName ?? '';
    const found = name === '' ? undefined : await find(request, Resources.storageClasses, { name });
    if (found?.allowVolumeExpansion === true) return;
    throw forbidden(
      request,
      'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize',
    );
  },
};
