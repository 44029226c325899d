import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dialText } from './dial-text.ts';

test('dialText says in upstream words what a socket could not do', () => {
  const refused = { code: 'ECONNREFUSED', address: '10.0.0.1', port: 80 };
  assert.equal(dialText(refused), 'dial tcp 10.0.0.1:80: connect: connection refused');
  const unreachable = { code: 'EHOSTUNREACH', address: 'fd00::1', port: 8080 };
  assert.equal(dialText(unreachable), 'dial tcp [fd00::1]:8080: connect: no route to host');
  assert.equal(dialText(new Error('socket hang up')), 'EOF');
  assert.equal(dialText(new Error('other')), 'other');
});
