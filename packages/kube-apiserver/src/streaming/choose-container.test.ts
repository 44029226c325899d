import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod } from '@steersman/api';
import { chooseContainer } from './choose-container.ts';

const pod = (names: string[], init: string[] = []): Pod => ({
  metadata: { name: 'web' },
  spec: { containers: names.map((name) => ({ name })), initContainers: init.map((name) => ({ name })) },
});

test('chooseContainer() takes the only container and any that is named, init containers too', () => {
  assert.equal(chooseContainer(pod(['a']), ''), 'a');
  assert.equal(chooseContainer(pod(['a', 'b'], ['i']), 'i'), 'i');
});

test('chooseContainer() lists the choices when there are several', () => {
  assert.throws(() => chooseContainer(pod(['a', 'b'], ['i']), ''), {
    message: 'a container name must be specified for pod web, choose one of: [a b] or one of the init containers: [i]',
  });
});

test('chooseContainer() refuses a name that the pod does not have', () => {
  assert.throws(() => chooseContainer(pod(['a']), 'x'), { message: 'container x is not valid for pod web' });
});
