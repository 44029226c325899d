import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ApiError } from '../errors.ts';
import { normalize } from '../json/decode.ts';
import { schemaFor, schemaOfType } from '../schema/build.ts';
import { decodeProtobuf } from './decode.ts';
import { encodeProtobuf } from './encode.ts';
import {
  decodeEnvelope,
  decodeEnvelopedObject,
  encodeEnvelope,
  encodeListEnvelope,
  encodeListItem,
  encodeWatchEvent,
  listEnvelopeEnds,
} from './envelope.ts';

const pod = schemaFor({ group: '', version: 'v1', kind: 'Pod' });
const list = schemaFor({ group: '', version: 'v1', kind: 'PodList' });
assert.ok(pod && list);
const named = (name: string) => normalize({ kind: 'Pod', apiVersion: 'v1', metadata: { name } }, pod);

test('decodeEnvelope() tells what it holds, and refuses anything else', () => {
  const { apiVersion, kind } = decodeEnvelope(encodeEnvelope(named('a'), pod));
  assert.deepEqual([apiVersion, kind], ['v1', 'Pod']);
  const refused = (bytes: Uint8Array) => {
    try {
      decodeEnvelopedObject(bytes);
    } catch (error) {
      return (error as ApiError).message;
    }
    return 'decoded';
  };
  assert.match(
    refused(Buffer.from('{}')),
    /does not appear to be a protobuf message, expected prefix \[107 56 115 0\]/,
  );
  assert.match(refused(Buffer.from('k8s\0\xff\xff', 'latin1')), /envelope is malformed/);
  assert.match(
    refused(encodeEnvelope(named('a'), pod, { apiVersion: 'v9', kind: 'Pod' })),
    /no kind "Pod" is registered for version "v9"/,
  );
});

test('encodeListEnvelope() gives the bytes of the list encoded whole', () => {
  const items = [named('a'), named('b')];
  const metadata = { resourceVersion: '7', remainingItemCount: 3 };
  const type = { apiVersion: 'v1', kind: 'PodList' };
  const joined = encodeListEnvelope(
    type,
    metadata,
    items.map((item) => encodeProtobuf(item, pod)),
  );
  assert.deepEqual(joined, encodeEnvelope({ ...type, metadata, items }, list));
});

test('listEnvelopeEnds() and encodeListItem() give the bytes of the list encoded whole', () => {
  const metadata = { resourceVersion: '7', continue: 'abc' };
  const type = { apiVersion: 'v1', kind: 'PodList' };
  for (const count of [0, 1, 500]) {
    const items = Array.from({ length: count }, (_, index) => named(`pod-${index}`));
    const encoded = Buffer.concat(items.map((item) => encodeListItem(item, pod)));
    const { head, tail } = listEnvelopeEnds(type, metadata, encoded.length);
    const whole = Uint8Array.from(Buffer.concat([head, encoded, tail]));
    assert.deepEqual(whole, Uint8Array.from(encodeEnvelope({ ...type, metadata, items }, list)));
  }
});

test('encodeWatchEvent() carries the envelope of the object', () => {
  const schema = schemaOfType('k8s.io/apimachinery/pkg/apis/meta/v1.WatchEvent');
  assert.ok(schema?.kind === 'struct');
  const bytes = encodeWatchEvent('ADDED', encodeEnvelope(named('a'), pod));
  const event = decodeProtobuf<Record<string, unknown>>(bytes, schema, decodeEnvelopedObject);
  assert.deepEqual(event, { type: 'ADDED', object: named('a') });
});
