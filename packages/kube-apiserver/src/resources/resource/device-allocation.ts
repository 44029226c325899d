/** The kinds of dynamic resource allocation. Rules that upstream declares run as such; the rest is in the files beside. */
import {
  type DeviceClass,
  type DeviceClassSpec,
  type FieldError,
  path,
  type ResourceClaimTemplate,
  type ResourceResourceClaim,
  type ResourceSlice,
} from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { each, immutable } from '../checks.ts';
import { ageColumn, nameColumn, text } from '../columns.ts';
import { validateAnnotations, validateLabels } from '../metadata.ts';
import { specOnly, statusOnly } from '../preparation.ts';
import { validateClaimStatus } from './claim-status.ts';
import { defaultClaim, validateClaim, validateConfiguration } from './requests.ts';
import { validateSelectors } from './selectors.ts';
import { validateSlice, validateSliceChange } from './slices.ts';

const SPEC = path('spec');

export const deviceClass: Strategy<DeviceClass> = {
  validated: true,
  rules: 'declared',
  ...specOnly<DeviceClass>(),
  validate: ({ spec }) => validateClass(spec),
};

function validateClass({ selectors, config }: DeviceClassSpec): FieldError[] {
  return [
    ...validateSelectors(selectors, SPEC.child('selectors')),
    ...each(config, SPEC.child('config'), ({ opaque }, at) => validateConfiguration(opaque, at)),
  ];
}

export const resourceClaim: Strategy<ResourceResourceClaim> = {
  validated: true,
  rules: 'declared',
  ...statusOnly<ResourceResourceClaim>(() => ({})),
  defaults: ({ spec }) => defaultClaim(spec?.devices),
  validate: ({ spec }) => validateClaim(spec.devices, SPEC.child('devices')),
  validateUpdate: (object, old) => immutable(object.spec, old.spec, SPEC),
  status: { validateUpdate: validateClaimStatus },
  columns: [nameColumn(), text('State', 'Whether it is allocated and used.', claimState), ageColumn()],
};

export const resourceClaimTemplate: Strategy<ResourceClaimTemplate> = {
  validated: true,
  rules: 'declared',
  defaults: ({ spec }) => defaultClaim(spec?.spec?.devices),
  validate: ({ spec }) => [
    ...validateLabels(spec.metadata?.labels, SPEC.child('metadata', 'labels')),
    ...validateAnnotations(spec.metadata?.annotations, SPEC.child('metadata', 'annotations')),
    ...validateClaim(spec.spec.devices, SPEC.child('spec', 'devices')),
  ],
  validateUpdate: (object, old) => immutable(object.spec, old.spec, SPEC),
};

export const resourceSlice: Strategy<ResourceSlice> = {
  validated: true,
  rules: 'declared',
  ...specOnly<ResourceSlice>(),
  validate: validateSlice,
  validateUpdate: (object, old) => [...validateSlice(object), ...validateSliceChange(object, old)],
  columns: [
    nameColumn(),
    text('Node', 'Where the devices are.', ({ spec }) => spec.nodeName ?? ''),
    text('Driver', 'Whose devices.', ({ spec }) => spec.driver),
    text('Pool', 'Which pool.', ({ spec }) => spec.pool.name),
    ageColumn(),
  ],
  selectable: {
    reads: ['spec.nodeName', 'spec.driver'],
    fields: ({ spec }) => ({ 'spec.nodeName': spec.nodeName ?? '', 'spec.driver': spec.driver }),
  },
};

function claimState({ metadata, status }: ResourceResourceClaim): string {
  const states = [
    ...(metadata.deletionTimestamp ? ['deleted'] : []),
    ...(status?.allocation === undefined ? (metadata.deletionTimestamp ? [] : ['pending']) : ['allocated']),
    ...((status?.reservedFor ?? []).length > 0 ? ['reserved'] : []),
  ];
  return states.join(',');
}
