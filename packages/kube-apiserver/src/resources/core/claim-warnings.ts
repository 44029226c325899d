/** Warnings about claims for volumes. */
import { type FieldPath, type ObjectMeta, type PersistentVolumeClaimSpec, path } from '@steersman/api';
import { quantityOf } from '../pod-spec/quantities.ts';

export function claimSpecWarnings(spec: PersistentVolumeClaimSpec | undefined, at: FieldPath): string[] {
  return (['requests', 'limits'] as const).flatMap((part) => {
    const quantity = quantityOf(spec?.resources?.[part]?.['storage']);
    if (quantity === undefined || quantity.milliValue() % 1000n === 0n) return [];
    const where = at.child('resources', part).key('storage');
    return [`${where}: fractional byte value "${quantity}" is invalid, must be an integer`];
  });
}

/** The class was an annotation once; of claims and of volumes. */
export function classAnnotationWarnings({ annotations }: ObjectMeta): string[] {
  const key = 'volume.beta.kubernetes.io/storage-class';
  if (annotations?.[key] === undefined) return [];
  return [
    `${path('metadata', 'annotations').key(key)}: deprecated since v1.8; use "storageClassName" attribute instead`,
  ];
}
