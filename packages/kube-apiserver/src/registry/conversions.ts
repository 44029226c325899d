/**
 * Between the versions of a kind that is served in more than one. Both directions keep everything the other version can say.
 */
import type { KubeObject, ResourceInfo } from '@steersman/api';
import { AUTOSCALERS } from './autoscaler-conversion.ts';
import { formerConversion } from './former-versions.ts';
import { resourceConversion } from './resource-conversions.ts';

export interface Conversion {
  fromStored(object: KubeObject): KubeObject;
  toStored(object: KubeObject): KubeObject;
  /** The stored version's name of a field that selectors of the served version can name; undefined for others. Absent: the same. */
  readonly storedField?: (served: string) => string | undefined;
}
type Fields = Record<string, unknown>;

/** The way between a served and the stored version of a resource. Where no fields differ, only apiVersion changes. */
export function conversionFor(served: ResourceInfo, stored: ResourceInfo): Conversion {
  const structural = structuralConversion(served, stored);
  if (structural !== undefined) return structural;
  const to = (row: ResourceInfo) => (object: KubeObject) => ({
    ...object,
    apiVersion: row.group === '' ? row.version : `${row.group}/${row.version}`,
    kind: row.kind,
  });
  return { fromStored: to(served), toStored: to(stored) };
}

/** Undefined when the versions have the same fields. Releases that are gone count too: their objects may be stored still. */
export function structuralConversion(served: ResourceInfo, stored: ResourceInfo): Conversion | undefined {
  if (served.group === 'events.k8s.io') return EVENTS;
  if (served.plural === 'horizontalpodautoscalers') return AUTOSCALERS;
  if (served.group === 'resource.k8s.io' && served.version === 'v1beta1') return resourceConversion(served, stored);
  return formerConversion(served, stored);
}

/** events.k8s.io/v1 and core/v1: the same event under other field names. */
const EVENT_FIELDS: readonly (readonly [served: string, stored: string])[] = [
  ['regarding', 'involvedObject'],
  ['note', 'message'],
  ['deprecatedSource', 'source'],
  ['deprecatedFirstTimestamp', 'firstTimestamp'],
  ['deprecatedLastTimestamp', 'lastTimestamp'],
  ['deprecatedCount', 'count'],
  ['reportingController', 'reportingComponent'],
];
const EVENTS: Conversion = {
  fromStored: (object) =>
    withoutEmptyReporter(
      renamed(object, 'events.k8s.io/v1', new Map(EVENT_FIELDS.map(([served, stored]) => [stored, served]))),
    ),
  toStored: (object) => renamed(object, 'v1', new Map(EVENT_FIELDS)),
  storedField(served) {
    if (served.startsWith('regarding.')) return served.replace('regarding.', 'involvedObject.');
    if (served === 'reportingController') return 'reportingComponent';
    return served === 'reason' || served === 'type' || served.startsWith('metadata.') ? served : undefined;
  },
};

/** core/v1 always names who reported, if only as nobody; events.k8s.io/v1 leaves nobody out. */
function withoutEmptyReporter(event: KubeObject): KubeObject {
  const fields = event as unknown as Fields;
  for (const field of ['reportingController', 'reportingInstance']) if (fields[field] === '') delete fields[field];
  return event;
}

function renamed(object: KubeObject, apiVersion: string, names: ReadonlyMap<string, string>): KubeObject {
  const result: Fields = { kind: 'Event', apiVersion };
  for (const [name, value] of Object.entries(object))
    if (name !== 'kind' && name !== 'apiVersion') result[names.get(name) ?? name] = value;
  return result as unknown as KubeObject;
}
