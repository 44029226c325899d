/** What events may say: the core API is lenient for the sake of old clients, events.k8s.io is not. */
import { type Event, type FieldError, fieldErrors, names, path, semanticEqual } from '@steersman/api';
import { empty, immutable, immutableStruct, invalidFor } from '../checks.ts';

const TEXT_BYTES_MAX = 128;
const NOTE_BYTES_MAX = 1024;
const CORE = 'k8s.io/api/core/v1';
/** Namespaces where events about objects without one are. */
const OF_CLUSTER = ['default', 'kube-system'];

/** `reporter` is what this API calls the field with the name of the reporting controller. */
export function validateEvent(event: Event, reporter: 'reportingComponent' | 'reportingController'): FieldError[] {
  const namespace = event.metadata.namespace ?? '';
  return [
    ...(isModern(event) ? validateModern(event, reporter) : validateOwner(event, namespace)),
    ...invalidFor(names.dns1123Subdomain(namespace), namespace, path('namespace')),
  ];
}

function isModern({ eventTime }: Event): boolean {
  return !empty(eventTime ?? undefined);
}

/** Events of old clients only have to belong to the namespace of what they are about. */
function validateOwner({ involvedObject }: Event, namespace: string): FieldError[] {
  const about = involvedObject?.namespace ?? '';
  const fits = about === '' ? namespace === '' || namespace === 'default' : about === namespace;
  return fits ? [] : [elsewhere(about)];
}

function elsewhere(about: string): FieldError {
  return fieldErrors.invalid(path('involvedObject', 'namespace'), about, 'does not match event.namespace');
}

function validateModern(event: Event, reporter: string): FieldError[] {
  const about = event.involvedObject?.namespace ?? '';
  const component = event.reportingComponent ?? '';
  const at = path(reporter);
  return [
    ...(about === '' && !OF_CLUSTER.includes(event.metadata.namespace ?? '') ? [elsewhere(about)] : []),
    ...(component === '' ? [fieldErrors.required(at, '')] : []),
    ...invalidFor(names.qualifiedName(component), component, at),
    ...validateText(event.reportingInstance, 'reportingInstance'),
    ...validateText(event.action, 'action'),
    ...validateText(event.reason, 'reason'),
    ...validateLength(event.message, NOTE_BYTES_MAX, 'message'),
  ];
}

function validateText(text: string | undefined, field: string): FieldError[] {
  return empty(text) ? [fieldErrors.required(path(field), '')] : validateLength(text, TEXT_BYTES_MAX, field);
}

function validateLength(text: string | undefined, max: number, field: string): FieldError[] {
  if (Buffer.byteLength(text ?? '') <= max) return [];
  return [fieldErrors.invalid(path(field), '', `can have at most ${max} characters`)];
}

export function validateStrictEvent(event: Event): FieldError[] {
  const { source, type = '' } = event;
  const retired = (isSet: boolean, field: string) =>
    isSet ? [fieldErrors.invalid(path(field), '', 'needs to be unset')] : [];
  return [
    ...validateEvent(event, 'reportingController'),
    ...validateSeries(event),
    ...(isModern(event) ? [] : [fieldErrors.required(path('eventTime'), '')]),
    ...(type === 'Normal' || type === 'Warning'
      ? []
      : [fieldErrors.invalid(path('type'), '', `has invalid value: ${type}`)]),
    ...retired(!empty(event.firstTimestamp ?? undefined), 'firstTimestamp'),
    ...retired(!empty(event.lastTimestamp ?? undefined), 'lastTimestamp'),
    ...retired((event.count ?? 0) !== 0, 'count'),
    ...retired(!empty(source?.component) || !empty(source?.host), 'source'),
  ];
}

function validateSeries({ series }: Event): FieldError[] {
  if (!series) return [];
  return [
    ...((series.count ?? 0) < 2 ? [fieldErrors.invalid(path('series.count'), '', 'should be at least 2')] : []),
    ...(empty(series.lastObservedTime ?? undefined) ? [fieldErrors.required(path('series.lastObservedTime'), '')] : []),
  ];
}

/** An event is what happened: afterwards it can only be said to have happened again. */
export function validateStrictUpdate(event: Event, old: Event): FieldError[] {
  const text = (field: 'reason' | 'message' | 'type' | 'action' | 'reportingInstance') =>
    immutable(event[field] ?? '', old[field] ?? '', path(field));
  const time = (field: 'firstTimestamp' | 'lastTimestamp' | 'eventTime') =>
    immutable(event[field] ?? null, old[field] ?? null, path(field));
  return [
    ...validateEvent(event, 'reportingController'),
    ...(semanticEqual(event.series ?? null, old.series ?? null) ? [] : validateSeries(event)),
    ...immutableStruct(event.involvedObject, old.involvedObject, `${CORE}.ObjectReference`, path('involvedObject')),
    ...text('reason'),
    ...text('message'),
    ...immutableStruct(event.source ?? {}, old.source ?? {}, `${CORE}.EventSource`, path('source')),
    ...time('firstTimestamp'),
    ...time('lastTimestamp'),
    ...immutable(event.count ?? 0, old.count ?? 0, path('count')),
    ...text('reason'), // Twice upstream, too.
    ...text('type'),
    ...time('eventTime'),
    ...text('action'),
    ...immutableStruct(event.related, old.related, `${CORE}.ObjectReference`, path('related')),
    ...immutable(event.reportingComponent ?? '', old.reportingComponent ?? '', path('reportingController')),
    ...text('reportingInstance'),
  ];
}
