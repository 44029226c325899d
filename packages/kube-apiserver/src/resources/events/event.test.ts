import { type Event, type Lease, Resources } from '@steersman/api';
import { badLabels, badNames } from '../bad-metadata.ts';
import { type Kind, refusesToCreate, refusesToUpdate } from '../bad-objects.ts';
import { lease } from '../coordination/lease.ts';
import { event, strictEvent } from './event.ts';

const metadata = { namespace: 'default', name: 'e' };
const modern = {
  eventTime: '2026-01-01T00:00:00.000000Z',
  reportingComponent: 'x.y/z',
  reportingInstance: 'z-1',
  action: 'Doing',
  reason: 'Done',
  type: 'Normal',
};

const old: Kind<Event> = {
  name: 'event',
  type: Resources.events,
  strategy: event,
  good: {
    apiVersion: 'v1',
    kind: 'Event',
    metadata,
    involvedObject: { kind: 'Pod', namespace: 'default', name: 'p' },
  },
};
const lenient: Kind<Event> = { ...old, name: 'modern event', good: { ...old.good, ...modern } };
const strict: Kind<Event> = { ...lenient, name: 'strictEvent', strategy: strictEvent };

refusesToCreate(old, [
  ...badLabels.slice(0, 3),
  [
    'an event about another namespace',
    { involvedObject: { namespace: 'other' } },
    ['Invalid involvedObject.namespace: Invalid value: "other": does not match event.namespace'],
  ],
]);
refusesToCreate(lenient, [
  [
    'an event of nobody',
    { reportingComponent: '' },
    [
      'Required reportingComponent: Required value',
      ...[
        'name part must be non-empty',
        "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
      ].map((message) => `Invalid reportingComponent: Invalid value: "": ${message}`),
    ],
  ],
  ['an event of no instance', { reportingInstance: '' }, ['Required reportingInstance: Required value']],
  ['an event without an action', { action: '' }, ['Required action: Required value']],
  ['an event without a reason', { reason: '' }, ['Required reason: Required value']],
  [
    'an action that is too long',
    { action: 'a'.repeat(129) },
    ['Invalid action: Invalid value: "": can have at most 128 characters'],
  ],
  [
    'a message that is too long',
    { message: 'a'.repeat(1025) },
    ['Invalid message: Invalid value: "": can have at most 1024 characters'],
  ],
]);
refusesToCreate(strict, [
  ['an unknown type', { type: 'Bad' }, ['Invalid type: Invalid value: "": has invalid value: Bad']],
  ['a count of the old kind', { count: 2 }, ['Invalid count: Invalid value: "": needs to be unset']],
  [
    'a series of one',
    { series: { count: 1 } },
    [
      'Invalid series.count: Invalid value: "": should be at least 2',
      'Required series.lastObservedTime: Required value',
    ],
  ],
]);
refusesToUpdate(strict, [
  ['another note', { message: 'b' }, ['Invalid message: Invalid value: "b": field is immutable']],
  [
    'another reason',
    { reason: 'Other' },
    [
      'Invalid reason: Invalid value: "Other": field is immutable',
      'Invalid reason: Invalid value: "Other": field is immutable',
    ],
  ],
  [
    'another object',
    { involvedObject: { name: 'q' } },
    [
      'Invalid involvedObject: Invalid value: {"Kind":"Pod","Namespace":"default","Name":"q","UID":"","APIVersion":"","ResourceVersion":"","FieldPath":""}: field is immutable',
    ],
  ],
]);

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
      ['Forbidden spec.preferredHolder: Forbidden: may only be specified if `strategy` is defined'],
    ],
  ],
);
