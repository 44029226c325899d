/** Events, of both groups: core/v1 and events.k8s.io/v1 are two views of the same stored objects; the registry converts, this is the core form. */
import { type Event, type FieldError, fieldErrors, path } from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { empty } from '../checks.ts';
import { age, integer, text } from '../columns.ts';

/** Upstream's --event-ttl. */
const EVENT_TTL_SECONDS = 3600;
const REPORTER_LENGTH_MAX = 128;
const NOTE_BYTES_MAX = 1024;

export const event: Strategy<Event> = {
  validated: true,
  allowCreateOnUpdate: true,
  validate,
  validateUpdate: validate,
  ttlSeconds: () => EVENT_TTL_SECONDS,
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
    integer('Count', 'How often it happened.', (object) => object.series?.count ?? (object.count || 1), 1),
    text('Name', 'The name of the event.', ({ metadata }) => metadata.name ?? '', 1),
  ],
  selectableFields: ({ involvedObject, reason, type, source, reportingComponent }) => ({
    'involvedObject.kind': involvedObject?.kind ?? '',
    'involvedObject.namespace': involvedObject?.namespace ?? '',
    'involvedObject.name': involvedObject?.name ?? '',
    'involvedObject.uid': involvedObject?.uid ?? '',
    'involvedObject.apiVersion': involvedObject?.apiVersion ?? '',
    'involvedObject.resourceVersion': involvedObject?.resourceVersion ?? '',
    'involvedObject.fieldPath': involvedObject?.fieldPath ?? '',
    reason: reason ?? '',
    reportingComponent: reportingComponent || source?.component || '',
    source: source?.component || reportingComponent || '',
    type: type ?? '',
  }),
};

function lastSeen(object: Event, now: number): string {
  return age(object.series?.lastObservedTime ?? object.lastTimestamp ?? object.firstTimestamp ?? object.eventTime, now);
}

function objectText(about: Event['involvedObject'] | undefined): string {
  return `${(about?.kind ?? '').toLowerCase()}/${about?.name ?? ''}`;
}

function sourceText(component: string | undefined, host: string | undefined): string {
  return [component, host].filter((part) => !empty(part)).join(', ');
}

/** Old clients' events only have to belong to the namespace of what they are about; new ones (with a time) say more. */
function validate(object: Event): FieldError[] {
  const errors: FieldError[] = [];
  const namespace = object.involvedObject?.namespace ?? '';
  const own = object.metadata.namespace ?? '';
  const clusterScoped = namespace === '' && (own === 'default' || own === 'kube-system' || own === '');
  if (!clusterScoped && namespace !== own)
    errors.push(fieldErrors.invalid(path('involvedObject', 'namespace'), namespace, 'does not match event.namespace'));
  if (empty(object.eventTime)) return errors;
  return [...errors, ...validateModern(object)];
}

function validateModern(object: Event): FieldError[] {
  const errors: FieldError[] = [];
  const need = (value: string | undefined, field: string) => {
    if (empty(value)) errors.push(fieldErrors.required(path(field), ''));
    else if (value.length > REPORTER_LENGTH_MAX)
      errors.push(fieldErrors.invalid(path(field), value, `can have at most ${REPORTER_LENGTH_MAX} characters`));
  };
  need(object.reportingComponent, 'reportingController');
  need(object.reportingInstance, 'reportingInstance');
  need(object.action, 'action');
  need(object.reason, 'reason');
  if (Buffer.byteLength(object.message ?? '') > NOTE_BYTES_MAX)
    errors.push(fieldErrors.invalid(path('message'), '', `can have at most ${NOTE_BYTES_MAX} characters`));
  if (object.type !== 'Normal' && object.type !== 'Warning')
    errors.push(fieldErrors.invalid(path('type'), object.type ?? '', `has invalid value: ${object.type ?? ''}`));
  return errors;
}
