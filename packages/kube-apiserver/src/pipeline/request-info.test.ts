import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsePath, wantsWatch } from './request-info.ts';

function shown(path: string): string {
  const { group, version, namespace, resource, name, subresource } = parsePath(path);
  return [group, version, namespace, resource, name, subresource].join('|');
}

test('parsePath reads resource paths of both roots', () => {
  assert.equal(shown('/api/v1/nodes'), '|v1||nodes||');
  assert.equal(shown('/api/v1/namespaces/ns/pods/p/log'), '|v1|ns|pods|p|log');
  assert.equal(shown('/apis/apps/v1/namespaces/ns/deployments/d'), 'apps|v1|ns|deployments|d|');
  assert.equal(shown('/apis/apps/v1/deployments/'), 'apps|v1||deployments||');
});

test('parsePath knows namespaces themselves, their subresources, and what lies in them', () => {
  assert.equal(shown('/api/v1/namespaces'), '|v1||namespaces||');
  assert.equal(shown('/api/v1/namespaces/ns'), '|v1|ns|namespaces|ns|');
  assert.equal(shown('/api/v1/namespaces/ns/status'), '|v1|ns|namespaces|ns|status');
  assert.equal(shown('/api/v1/namespaces/ns/pods'), '|v1|ns|pods||');
});

test('parsePath keeps what follows a proxy as it was written', () => {
  const { subresource, rest, name } = parsePath('/api/v1/namespaces/ns/services/https:web:8443/proxy/a%20b/c');
  assert.deepEqual([name, subresource, rest], ['https:web:8443', 'proxy', '/a%20b/c']);
});

test('parsePath says what is no resource', () => {
  for (const path of ['/', '/healthz', '/api', '/api/v1', '/apis', '/apis/apps', '/apis/apps/v1'])
    assert.equal(parsePath(path).isResource, false, path);
});

test('wantsWatch reads the spellings of true', () => {
  assert.deepEqual(['watch=1', 'watch=true', 'watch=0', 'watch=false', 'watchful=1', ''].map(wantsWatch), [
    true,
    true,
    false,
    false,
    false,
    false,
  ]);
});
