/** CSIDrivers. */
import type { CSIDriver } from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { ageColumn, nameColumn, text } from '../columns.ts';
import { specOnly } from '../preparation.ts';
import { validateDriver, validateDriverChange, validateDriverName } from './csi-driver-validation.ts';

export const csiDriver: Strategy<CSIDriver> = {
  validated: true,
  allowUnconditionalUpdate: false,
  validateName: validateDriverName,
  validate: validateDriver,
  validateUpdate: (object, old) => [...validateDriver(object), ...validateDriverChange(object, old)],
  defaults({ spec }) {
    if (spec === undefined) return;
    spec.attachRequired ??= true;
    spec.podInfoOnMount ??= false;
    spec.storageCapacity ??= false;
    spec.fsGroupPolicy ??= 'ReadWriteOnceWithFSType';
    if ((spec.volumeLifecycleModes ?? []).length === 0) spec.volumeLifecycleModes = ['Persistent'];
    spec.requiresRepublish ??= false;
    spec.seLinuxMount ??= false;
  },
  ...specOnly<CSIDriver>(),
  columns: [
    nameColumn(),
    text('AttachRequired', 'Whether volumes are attached first.', ({ spec }) => String(spec.attachRequired ?? true)),
    text('PodInfoOnMount', 'Whether the driver is told about the pod.', ({ spec }) =>
      String(spec.podInfoOnMount ?? false),
    ),
    text('StorageCapacity', 'Whether it publishes capacity.', ({ spec }) => String(spec.storageCapacity ?? false)),
    text(
      'TokenRequests',
      'Audiences of the tokens it gets.',
      ({ spec }) => (spec.tokenRequests ?? []).map(({ audience }) => audience).join(',') || '<unset>',
    ),
    text('RequiresRepublish', 'Whether it is asked again.', ({ spec }) => String(spec.requiresRepublish ?? false)),
    text('Modes', 'Life cycles it supports.', ({ spec }) => (spec.volumeLifecycleModes ?? []).join(',') || '<none>'),
    ageColumn(),
  ],
};
