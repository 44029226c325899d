import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type KubeObject, normalize, resourceTable, type Schema, schemaFor, semanticEqual } from '@steersman/api';
import type { Random } from '@steersman/machinery';
import { seededRandom } from '@steersman/machinery';
import { conversionFor } from './conversions.ts';
import { storageVersionOf } from './storage-versions.ts';

const DEPTH_MAX = 9; // As deep as the requests of a claim's template.
const OBJECTS_PER_VERSION = 40;

/** A value that a schema allows, with about half of the fields; nothing empty, which versions need not tell from absent. */
function randomValue(schema: Schema, random: Random, depth: number): unknown {
  if (schema.kind === 'list') return [randomValue(schema.element, random, depth + 1)];
  if (schema.kind === 'map') return { key: randomValue(schema.element, random, depth + 1) };
  if (schema.kind === 'struct') {
    const chosen = schema.fields.filter(() => depth < DEPTH_MAX && random.float() < 0.5);
    return Object.fromEntries(chosen.map((field) => [field.name, randomValue(field.schema, random, depth + 1)]));
  }
  switch (schema.type) {
    case 'bool':
      return true;
    case 'int32':
    case 'int64':
    case 'float64':
    case 'intOrString':
      return 1 + random.integer(1000);
    case 'time':
      return '2026-01-02T03:04:05Z';
    case 'microTime':
      return '2026-01-02T03:04:05.000006Z';
    case 'duration':
      return '30s';
    case 'quantity':
      return '250m';
    case 'string':
      return `text${random.integer(1000)}`;
    case 'bytes':
      return 'AQID';
    default:
      return { any: 'thing' };
  }
}

/** Upstream writes the current processor use of an autoscaler down twice. */
function withoutTravelling(object: KubeObject): KubeObject {
  const { annotations, ...metadata } = object.metadata;
  const own = Object.entries(annotations ?? {}).filter(([key]) => !key.startsWith('autoscaling.alpha.kubernetes.io/'));
  return { ...object, metadata: own.length === 0 ? metadata : { ...metadata, annotations: Object.fromEntries(own) } };
}

test('what any served version says is the same after a visit to the stored version', () => {
  const random = seededRandom(20_261_122);
  for (const served of resourceTable) {
    const stored = storageVersionOf(served);
    if (!served.served || served.servedBy !== undefined || stored === served) continue;
    const [schema, storedSchema] = [schemaFor(served), schemaFor(stored)];
    assert.ok(schema !== undefined && storedSchema !== undefined);
    const conversion = conversionFor(served, stored);
    const apiVersion = served.group === '' ? served.version : `${served.group}/${served.version}`;
    for (let count = 0; count < OBJECTS_PER_VERSION; count++) {
      const body = randomValue(schema, random, 0) as object;
      const object: KubeObject = normalize<KubeObject>(
        { metadata: { name: 'x' }, ...body, kind: served.kind, apiVersion },
        schema,
      );
      const there: KubeObject = normalize<KubeObject>(conversion.toStored(object), storedSchema);
      const back: KubeObject = normalize<KubeObject>(withoutTravelling(conversion.fromStored(there)), schema);
      if (!semanticEqual(back, object)) assert.deepEqual(back, object, `${apiVersion} ${served.kind}`);
    }
  }
});

test('an event that nobody in particular reported has no reporter in events.k8s.io/v1, and an empty one in core/v1', () => {
  const served = resourceTable.find(({ group, plural, version }) => `${group}/${version}/${plural}` === EVENTS)!;
  const stored = storageVersionOf(served);
  const bare = { apiVersion: 'v1', kind: 'Event', metadata: { name: 'e' }, involvedObject: {}, message: 'm' };
  const event = normalize<KubeObject>(bare, schemaFor(stored)!);
  assert.equal((event as unknown as { reportingComponent: string }).reportingComponent, '');
  const shown = conversionFor(served, stored).fromStored(event);
  assert.ok(!('reportingController' in shown) && !('reportingInstance' in shown));
});
const EVENTS = 'events.k8s.io/v1/events';
