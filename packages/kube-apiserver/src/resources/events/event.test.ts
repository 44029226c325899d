import { type Event, type Lease, Resources } from '@steersman/api';
import { badLabels, badNames } from '../bad-metadata.ts';
import { refusesToCreate } from '../bad-objects.ts';
import { lease } from '../coordination/lease.ts';
import { event } from './event.ts';

const metadata = { namespace: 'default', name: 'e' };
const modern = {
  eventTime: '2026-01-01T00:00:00.000000Z',
  reportingComponent: 'x.y/z',
  reportingInstance: 'z-1',
  action: 'Doing',
  reason: 'Done',
  type: 'Normal',
};

refusesToCreate<Event>(
  {
    name: 'event',
    type: Resources.events,
    strategy: event,
    good: {
      apiVersion: 'v1',
      kind: 'Event',
      metadata,
      involvedObject: { kind: 'Pod', namespace: 'default', name: 'p' },
      ...modern,
    },
  },
  [
    ...badLabels.slice(0, 3),
    [
      'an event about another namespace',
      { involvedObject: { namespace: 'other' } },
      ['Invalid involvedObject.namespace: Invalid value: "other": does not match event.namespace'],
    ],
    ['an event of nobody', { reportingComponent: '' }, ['Required reportingController: Required value']],
    ['an event of no instance', { reportingInstance: '' }, ['Required reportingInstance: Required value']],
    ['an event without an action', { action: '' }, ['Required action: Required value']],
    ['an event without a reason', { reason: '' }, ['Required reason: Required value']],
    [
      'an action that is too long',
      { action: 'a'.repeat(129) },
      [`Invalid action: Invalid value: "${'a'.repeat(129)}": can have at most 128 characters`],
    ],
    [
      'a message that is too long',
      { message: 'a'.repeat(1025) },
      ['Invalid message: Invalid value: "": can have at most 1024 characters'],
    ],
    ['an unknown type', { type: 'Bad' }, ['Invalid type: Invalid value: "Bad": has invalid value: Bad']],
  ],
);

refusesToCreate<Lease>(
  {
    name: 'lease',
    type: Resources.leases,
    strategy: lease,
    good: {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata,
      spec: { holderIdentity: 'a', leaseDurationSeconds: 15 },
    },
  },
  [
    ...badLabels,
    ...badNames,
    [
      'a lease of no time',
      { spec: { leaseDurationSeconds: 0 } },
      ['Invalid spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0'],
    ],
    [
      'negative transitions',
      { spec: { leaseTransitions: -1 } },
      ['Invalid spec.leaseTransitions: Invalid value: -1: must be greater than or equal to 0'],
    ],
    [
      'a preferred holder without a strategy',
      { spec: { preferredHolder: 'b' } },
      ['Forbidden spec.preferredHolder: Forbidden: strategy must be set'],
    ],
  ],
);
