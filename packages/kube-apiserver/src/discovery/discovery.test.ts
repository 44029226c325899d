import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Status } from '@steersman/api';
import { featureGatesOf } from '@steersman/server';
import { startTestServer } from '../test-server.ts';

const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

test('discovery answers in the aggregated form when it is preferred, with an ETag that saves the second answer', async () => {
  await using api = await startTestServer();
  const first = await api.send<{ items: { metadata: { name?: string } }[] }>('GET', '/apis', undefined, {
    accept: `${AGGREGATED},application/json`,
  });
  assert.equal(first.headers['content-type'], AGGREGATED);
  assert.equal(first.body.items[0]?.metadata.name, 'apiregistration.k8s.io');
  const etag = first.headers['etag']!;
  const again = await api.send('GET', '/apis', undefined, { accept: AGGREGATED, 'if-none-match': etag });
  assert.deepEqual([again.status, again.body, again.headers['etag']], [304, '', etag]);
  const beta = await api.send<{ kind: string }>('GET', '/apis', undefined, {
    accept: 'application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json',
  });
  assert.equal(beta.body.kind, 'APIGroupList');
});

test('discovery in the old form is negotiated like everything else', async () => {
  await using api = await startTestServer();
  const yaml = await api.send<string>('GET', '/apis/apps', undefined, { accept: 'application/yaml' });
  assert.match(yaml.body, /^apiVersion: v1$/m);
  const protobuf = await api.send<string>('GET', '/api/v1', undefined, {
    accept: 'application/vnd.kubernetes.protobuf',
  });
  assert.equal(protobuf.headers['content-type'], 'application/vnd.kubernetes.protobuf');
  assert.match(protobuf.body, /^k8s\0/);
});

test('discovery names the stored version of each resource by its hash', async () => {
  await using api = await startTestServer();
  const hashes = async (path: string) => {
    const { body } = await api.send<{ resources: { name: string; storageVersionHash?: string }[] }>('GET', path);
    return new Map(body.resources.map(({ name, storageVersionHash }) => [name, storageVersionHash]));
  };
  assert.equal((await hashes('/api/v1')).get('pods'), 'xPOwRZ+Yhw8=');
  assert.equal((await hashes('/api/v1')).get('componentstatuses'), undefined);
  const v2 = (await hashes('/apis/autoscaling/v2')).get('horizontalpodautoscalers');
  assert.equal((await hashes('/apis/autoscaling/v1')).get('horizontalpodautoscalers'), v2);
  assert.equal((await hashes('/apis/events.k8s.io/v1')).get('events'), 'r2yiGXH7wu8=');
});

test('beta groups are there when they are switched on', async () => {
  await using api = await startTestServer({ runtimeConfig: new Map([['api/all', 'true']]) });
  const { status, body } = await api.send<{ resources: { name: string }[] }>(
    'GET',
    '/apis/internal.apiserver.k8s.io/v1alpha1',
  );
  assert.equal(status, 200);
  assert.deepEqual(
    body.resources.map(({ name }) => name),
    ['storageversions', 'storageversions/status'],
  );
  assert.equal((await api.send('GET', '/openapi/v3/apis/internal.apiserver.k8s.io/v1alpha1')).status, 200);
});

test('what is not there is told in plain text, or as a Status within an API that is', async () => {
  await using api = await startTestServer();
  for (const path of ['/nowhere', '/apis/example.com', '/apis/example.com/v1/things', '/apis/apps/v9/deployments']) {
    const { status, body, headers } = await api.send('GET', path);
    assert.deepEqual(
      [status, body, headers['content-type']],
      [404, '404 page not found\n', 'text/plain; charset=utf-8'],
    );
  }
  const { status, body } = await api.send<Status>('GET', '/api/v1/things');
  assert.deepEqual([status, body.reason], [404, 'NotFound']);
});

test('the root lists every path', async () => {
  await using api = await startTestServer();
  const { paths } = (await api.send<{ paths: string[] }>('GET', '/')).body;
  for (const path of [
    '/api/v1',
    '/apis/apps',
    '/apis/apps/v1',
    '/healthz/etcd',
    '/metrics/slis',
    '/openapi/v3/apis/apps/v1',
    '/version',
  ])
    assert.equal(paths.includes(path), true, path);
  assert.deepEqual(paths, paths.toSorted());
});

test('OpenAPI v3 documents are named by a hash and may then be kept for ever', async () => {
  await using api = await startTestServer();
  type Root = { paths: Record<string, { serverRelativeURL: string }> };
  const { paths } = (await api.send<Root>('GET', '/openapi/v3')).body;
  const address = paths['apis/autoscaling/v1']!.serverRelativeURL;
  assert.notEqual(address.split('=')[1], paths['apis/apps/v1']!.serverRelativeURL.split('=')[1]);
  const named = await api.send<{ openapi: string }>('GET', address);
  assert.equal(named.body.openapi, '3.0.0');
  assert.equal(named.headers['cache-control'], 'public, immutable');
  const known = await api.send('GET', address, undefined, { 'if-none-match': named.headers['etag']! });
  assert.equal(known.status, 304);
  const stale = await api.send('GET', '/openapi/v3/apis/autoscaling/v1?hash=OLD');
  assert.deepEqual([stale.status, stale.headers['location']], [301, address]);
  const binary = await api.send('GET', address, undefined, {
    accept: 'application/com.github.proto-openapi.spec.v3@v1.0+protobuf',
  });
  assert.equal(binary.headers['content-type'], 'application/com.github.proto-openapi.spec.v3.v1.0+protobuf');
  const refused = await api.send<Status>('GET', address, undefined, { accept: 'text/html' });
  assert.equal(refused.status, 406);
});

test('OpenAPI v2 comes in JSON and protobuf, and only once', async () => {
  await using api = await startTestServer();
  const json = await api.send<{ swagger: string }>('GET', '/openapi/v2');
  assert.equal(json.body.swagger, '2.0');
  const again = await api.send('GET', '/openapi/v2', undefined, { 'if-none-match': json.headers['etag']! });
  assert.equal(again.status, 304);
  for (const accept of ['spec.v2@v1.0', 'spec.v2.v1.0']) {
    const { headers } = await api.send('GET', '/openapi/v2', undefined, {
      accept: `application/com.github.proto-openapi.${accept}+protobuf`,
    });
    assert.equal(headers['content-type'], 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf');
  }
});

test('/statusz and /flagz show the process as text, and structured when asked for by kind', async () => {
  await using api = await startTestServer({ flags: new Map([['secure-port', '6443']]) });
  assert.match((await api.send<string>('GET', '/flagz')).body, /\napiserver flagz\n.*\nsecure-port=6443\n/s);
  assert.match((await api.send<string>('GET', '/statusz')).body, /Binary version: 1\.36\n/);
  const structured = await api.send<{ flags: object }>('GET', '/flagz', undefined, {
    accept: 'application/json;v=v1beta1;g=config.k8s.io;as=Flagz',
  });
  assert.deepEqual(structured.body.flags, { 'secure-port': '6443' });
  assert.equal((await api.send('GET', '/flagz', undefined, { accept: 'application/json' })).status, 406);
});

test('metrics tell the build, the features and the results of health checks', async () => {
  await using api = await startTestServer({ featureGates: featureGatesOf(new Map([['AllAlpha', 'true']])) });
  assert.match((await api.send<string>('GET', '/readyz?verbose')).body, /\[\+\]etcd ok\n.*\[\+\]shutdown ok\n/s);
  const { body } = await api.send<string>('GET', '/metrics');
  assert.match(body, /kubernetes_feature_enabled\{name="GangScheduling",stage="ALPHA"\} 1/);
  assert.match(body, /kubernetes_build_info\{/);
  const slis = await api.send<string>('GET', '/metrics/slis');
  assert.match(slis.body, /kubernetes_healthcheck\{name="etcd",type="readyz"\} 1/);
  assert.match(slis.body, /kubernetes_healthchecks_total\{name="etcd",status="success",type="readyz"\} 1/);
});
