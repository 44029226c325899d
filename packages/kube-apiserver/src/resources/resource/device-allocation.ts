/** The kinds of dynamic resource allocation: stored with status isolation and generation; their rules are not written yet. */
import type { DeviceClass, ResourceClaimTemplate, ResourceResourceClaim, ResourceSlice } from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { ageColumn, nameColumn, text } from '../columns.ts';
import { specOnly, statusOnly } from '../preparation.ts';

export const deviceClass: Strategy<DeviceClass> = { validated: false, ...specOnly<DeviceClass>() };

export const resourceClaim: Strategy<ResourceResourceClaim> = {
  validated: false,
  ...statusOnly<ResourceResourceClaim>(() => ({})),
  columns: [nameColumn(), text('State', 'Whether it is allocated and used.', claimState), ageColumn()],
};

export const resourceClaimTemplate: Strategy<ResourceClaimTemplate> = { validated: false };

export const resourceSlice: Strategy<ResourceSlice> = {
  validated: false,
  ...specOnly<ResourceSlice>(),
  columns: [
    nameColumn(),
    text('Node', 'Where the devices are.', ({ spec }) => spec.nodeName ?? ''),
    text('Driver', 'Whose devices.', ({ spec }) => spec.driver),
    text('Pool', 'Which pool.', ({ spec }) => spec.pool.name),
    ageColumn(),
  ],
  selectableFields: ({ spec }) => ({ 'spec.nodeName': spec.nodeName ?? '', 'spec.driver': spec.driver }),
};

function claimState({ metadata, status }: ResourceResourceClaim): string {
  const states = [
    ...(metadata.deletionTimestamp ? ['deleted'] : []),
    ...(status?.allocation === undefined ? (metadata.deletionTimestamp ? [] : ['pending']) : ['allocated']),
    ...((status?.reservedFor ?? []).length > 0 ? ['reserved'] : []),
  ];
  return states.join(',');
}
