import { type Lease, type PriorityClass, Resources } from '@steersman/api';
import { type Kind, refusesToCreate, refusesToUpdate } from '../bad-objects.ts';
import { lease } from '../coordination/lease.ts';
import { priorityClass } from './priority-class.ts';

const kind: Kind<PriorityClass> = {
  name: 'priorityClass',
  type: Resources.priorityClasses,
  strategy: priorityClass,
  good: { apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', metadata: { name: 'high' }, value: 1000 },
};
refusesToCreate(kind, [
  [
    'a name of the system',
    { metadata: { name: 'system-mine' } },
    ["Forbidden metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only"],
  ],
  [
    'a value of the system',
    { value: 1000000001 },
    ['Forbidden value: Forbidden: maximum allowed value of a user defined priority is 1000000000'],
  ],
]);
refusesToUpdate(kind, [
  ['another value', { value: 5 }, ['Forbidden value: Forbidden: may not be changed in an update.']],
  [
    'another policy',
    { preemptionPolicy: 'Never' },
    ['Invalid preemptionPolicy: Invalid value: "Never": field is immutable'],
  ],
]);

const spec = (patch: object) => ({ spec: patch });
refusesToCreate<Lease>(
  {
    name: 'lease',
    type: Resources.leases,
    strategy: lease,
    good: {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { namespace: 'default', name: 'leader' },
      spec: { leaseDurationSeconds: 15 },
    },
  },
  [
    [
      'a lease of no time',
      spec({ leaseDurationSeconds: 0 }),
      ['Invalid spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0'],
    ],
    [
      'fewer than no holders',
      spec({ leaseTransitions: -1 }),
      ['Invalid spec.leaseTransitions: Invalid value: -1: must be greater than or equal to 0'],
    ],
    [
      'a wish without an election',
      spec({ preferredHolder: 'me' }),
      ['Forbidden spec.preferredHolder: Forbidden: may only be specified if `strategy` is defined'],
    ],
    [
      'an unknown strategy',
      spec({ strategy: 'Loudest' }),
      ['NotSupported spec.strategy.strategy: Unsupported value: "Loudest": supported values: "OldestEmulationVersion"'],
    ],
  ],
);
