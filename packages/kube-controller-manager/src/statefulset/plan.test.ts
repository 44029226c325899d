import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod, StatefulSet } from '@steersman/api';
import { planSet } from './plan.ts';

const NOW = Date.parse('2026-01-01T01:00:00Z');
const READY_SINCE = '2026-01-01T00:00:00Z';

function podAt(ordinal: number, ready: boolean): Pod {
  const condition = { type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: READY_SINCE };
  return {
    metadata: { namespace: 'default', name: `db-${ordinal}`, uid: String(ordinal) },
    spec: { containers: [] },
    status: { phase: 'Running', conditions: [condition] },
  };
}

/** What a scale-down to none takes away first; the argument says which pods are ready. */
function firstToGo(...ready: readonly boolean[]): readonly (string | undefined)[] {
  const set = {
    metadata: { namespace: 'default', name: 'db' },
    spec: { replicas: 0, serviceName: 'db', selector: {}, template: {} },
  } as StatefulSet;
  const pods = ready.map((each, ordinal) => podAt(ordinal, each));
  const steps = planSet({ set, pods, currentRevision: 'a', updateRevision: 'a', nowMs: NOW });
  return steps.map((step) => (step.kind === 'delete' ? step.pod.metadata.name : step.kind));
}

test('planSet takes the last pod away first', () => {
  assert.deepEqual(firstToGo(true, true, true), ['db-2']);
});

test('planSet waits for a last pod that is not ready while another is not ready either', () => {
  assert.deepEqual(firstToGo(false, true, false), []);
  assert.deepEqual(firstToGo(false, false, false), []);
});

test('planSet takes away a last pod that is the only one not ready, and a ready one whatever the others are', () => {
  assert.deepEqual(firstToGo(true, true, false), ['db-2']);
  assert.deepEqual(firstToGo(false, true, true), ['db-2']);
});
