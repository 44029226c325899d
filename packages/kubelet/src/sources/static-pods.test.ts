import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod } from '@steersman/api';
import { isMirror, isStatic, mirroredUid, mirrorOf, staticPod } from './static-pod.ts';

const manifest: Pod = { metadata: { name: 'web' }, spec: { containers: [{ name: 'app', image: 'a' }] } };
const made = staticPod(manifest, 'n1', '2026-01-01T00:00:00Z');

test('staticPod() names the pod after its node and puts it there', () => {
  assert.deepEqual([made.metadata.name, made.metadata.namespace, made.spec.nodeName], ['web-n1', 'default', 'n1']);
  assert.equal(isStatic(made), true);
  assert.equal(isMirror(made), false);
});

test('staticPod() keeps its uid until the file changes', () => {
  assert.equal(staticPod(manifest, 'n1', '2027-01-01T00:00:00Z').metadata.uid, made.metadata.uid);
  const other = { ...manifest, spec: { containers: [{ name: 'app', image: 'b' }] } };
  assert.notEqual(staticPod(other, 'n1', '').metadata.uid, made.metadata.uid);
});

test('mirrorOf() makes an object that the node owns and that leads back to the static pod', () => {
  const mirror = mirrorOf(made, { name: 'n1', uid: 'node-uid' });
  assert.equal(isMirror(mirror), true);
  assert.equal(mirroredUid(mirror), made.metadata.uid);
  assert.equal(mirror.metadata.uid, undefined);
  assert.equal(mirror.status, undefined);
  assert.deepEqual(mirror.metadata.ownerReferences, [
    { apiVersion: 'v1', kind: 'Node', name: 'n1', uid: 'node-uid', controller: true },
  ]);
});
