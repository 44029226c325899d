/** Events, of both groups: core/v1 and events.k8s.io/v1 are two views of the same stored objects; the registry converts, this is the core form. */
import type { Event } from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { age, nameColumn, text } from '../columns.ts';
import { validateEvent, validateStrictEvent, validateStrictUpdate } from './event-validation.ts';

export const event: Strategy<Event> = {
  validated: true,
  allowCreateOnUpdate: true,
  validate: (object) => validateEvent(object, 'reportingComponent'),
  validateUpdate: (object) => validateEvent(object, 'reportingComponent'),
  columns: [
    text('Last Seen', 'How long ago it happened last.', (object, now) => lastSeen(object, now)),
    text('Type', 'Normal or Warning.', ({ type }) => type ?? ''),
    text('Reason', 'Why, in one word.', ({ reason }) => reason ?? ''),
    text('Object', 'What it is about.', ({ involvedObject }) => objectText(involvedObject)),
    text('Subobject', 'The part it is about.', ({ involvedObject }) => involvedObject?.fieldPath ?? '', 1),
    text(
      'Source',
      'Who reported it.',
      ({ source, reportingComponent, reportingInstance }) =>
        sourceText(source?.component || reportingComponent, source?.host || reportingInstance),
      1,
    ),
    text('Message', 'What happened.', ({ message }) => (message ?? '').trim()),
    text(
      'First Seen',
      'How long ago it happened first.',
      (object, now) => age(object.firstTimestamp ?? object.eventTime, now),
      1,
    ),
    text('Count', 'How often it happened.', (object) => object.series?.count ?? (object.count || 1), 1),
    { ...nameColumn<Event>(), priority: 1 },
  ],
  selectable: {
    reads: [
      'involvedObject.kind',
      'involvedObject.namespace',
      'involvedObject.name',
      'involvedObject.uid',
      'involvedObject.apiVersion',
      'involvedObject.resourceVersion',
      'involvedObject.fieldPath',
      'reason',
      'reportingComponent',
      'source.component',
      'type',
    ],
    fields: ({ involvedObject, reason, type, source, reportingComponent }) => ({
      'involvedObject.kind': involvedObject?.kind ?? '',
      'involvedObject.namespace': involvedObject?.namespace ?? '',
      'involvedObject.name': involvedObject?.name ?? '',
      'involvedObject.uid': involvedObject?.uid ?? '',
      'involvedObject.apiVersion': involvedObject?.apiVersion ?? '',
      'involvedObject.resourceVersion': involvedObject?.resourceVersion ?? '',
      'involvedObject.fieldPath': involvedObject?.fieldPath ?? '',
      reason: reason ?? '',
      reportingComponent: reportingComponent ?? '',
      source: source?.component || reportingComponent || '',
      type: type ?? '',
    }),
  },
};

function lastSeen(object: Event, now: number): string {
  return age(object.series?.lastObservedTime ?? object.lastTimestamp ?? object.firstTimestamp ?? object.eventTime, now);
}

function objectText(about: Event['involvedObject'] | undefined): string {
  const kind = (about?.kind ?? '').toLowerCase();
  return about?.name ? `${kind}/${about.name}` : kind;
}

function sourceText(component = '', host = ''): string {
  return host === '' ? component : `${component}, ${host}`;
}

/** The same, written through events.k8s.io. */
export const strictEvent: Strategy<Event> = {
  ...event,
  validate: validateStrictEvent,
  validateUpdate: validateStrictUpdate,
};
