import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isStorageError } from '../error.ts';
import { endpointOf } from './endpoint.ts';

test('endpointOf() reads addresses as upstream writes them', () => {
  assert.deepEqual(endpointOf('https://etcd.example:2379/'), {
    address: 'etcd.example:2379',
    host: 'etcd.example',
    port: 2379,
    secure: true,
  });
  assert.deepEqual(endpointOf('http://10.0.0.1:2379'), {
    address: '10.0.0.1:2379',
    host: '10.0.0.1',
    port: 2379,
    secure: false,
  });
  assert.deepEqual(endpointOf('https://[::1]:2379'), { address: '[::1]:2379', host: '::1', port: 2379, secure: true });
  assert.equal(endpointOf('localhost:2379').secure, false);
  for (const wrong of ['', 'etcd', 'ftp://etcd:1', 'http://etcd:2379/path'])
    assert.throws(
      () => endpointOf(wrong),
      (error) => isStorageError(error, 'unavailable'),
      wrong,
    );
});
