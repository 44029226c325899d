import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLogger } from '@steersman/machinery';
import type { AuditEvent } from './event.ts';
import { batchesOf, truncated, truncatingSink } from './truncate.ts';

const SIZES = { eventMax: 1000, batchMax: 2000 };
const event = (bytes: number, others: Partial<AuditEvent> = {}): AuditEvent => ({
  kind: 'Event',
  apiVersion: 'audit.k8s.io/v1',
  level: 'Request',
  auditID: 'a',
  stage: 'ResponseComplete',
  requestURI: '/',
  verb: 'create',
  user: {},
  sourceIPs: [],
  requestReceivedTimestamp: '',
  stageTimestamp: '',
  requestObject: 'x'.repeat(bytes),
  ...others,
});

test('truncated() takes the objects out of events that are too large, and says so in an annotation', () => {
  assert.deepEqual(truncated(event(10), SIZES), event(10));
  const smaller = truncated(event(2000, { annotations: { a: 'b' } }), SIZES);
  assert.equal('requestObject' in (smaller ?? {}), false);
  assert.deepEqual(smaller?.annotations, { a: 'b', 'audit.k8s.io/truncated': 'true' });
});

test('truncatingSink() drops what is too large without objects, or has none', () => {
  const passed: string[] = [];
  const sink = truncatingSink(({ auditID }) => void passed.push(auditID), SIZES, silentLogger);
  sink(event(10, { auditID: 'small' }));
  sink(event(0, { requestURI: `/${'x'.repeat(2000)}` }));
  sink(event(2000, { level: 'Metadata' }));
  assert.deepEqual(passed, ['small']);
});

test('batchesOf() bounds the events of a batch and their bytes', () => {
  const lengths = (bytesMax?: number) =>
    batchesOf([event(400), event(400), event(400)], 2, bytesMax).map((b) => b.length);
  assert.deepEqual(lengths(), [2, 1]);
  assert.deepEqual(lengths(1000), [1, 1, 1]);
});
