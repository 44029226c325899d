import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HttpRequest } from '@steersman/server';
import { bodyFormat, negotiate, wantedBy } from './negotiate.ts';

const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io';

test('negotiate takes the first clause it can serve', () => {
  assert.equal(negotiate(undefined).format, 'json');
  assert.equal(negotiate(`${TABLE},application/json`).view, 'Table');
  assert.equal(negotiate(`application/msgpack,${TABLE}`).view, 'Table');
  assert.equal(negotiate('application/vnd.kubernetes.protobuf,application/json').format, 'protobuf');
  assert.equal(negotiate('application/json;as=Table;v=v9;g=meta.k8s.io,application/json').view, 'object');
});

test('negotiate prefers the higher quality', () => {
  assert.equal(negotiate('application/json;q=0.5, application/yaml;q=0.9').format, 'yaml');
});

test('negotiate refuses with NotAcceptable what nobody serves', () => {
  assert.throws(() => negotiate('text/html'), { message: /only the following media types are accepted/ });
  assert.throws(() => negotiate('application/vnd.kubernetes.protobuf;as=Table;v=v1;g=meta.k8s.io'));
});

test('negotiate passes over tables where there are none', () => {
  assert.equal(negotiate(TABLE).view, 'Table');
  assert.throws(() => negotiate(TABLE, 'no-tables'), { message: /only the following media types are accepted/ });
  assert.equal(negotiate(`${TABLE},application/json`, 'no-tables').view, 'object');
  assert.equal(negotiate(`${TABLE},application/json`).view, 'Table');
});

test('bodyFormat reads media types with parameters', () => {
  assert.equal(bodyFormat('application/json; charset=utf-8'), 'json');
  assert.equal(bodyFormat(undefined), 'json');
  assert.equal(bodyFormat('text/plain'), undefined);
});

test('wantedBy breaks lines for people and for those who ask, in JSON alone', () => {
  const request = (query: string, headers: Record<string, string>) => ({ query, headers }) as unknown as HttpRequest;
  assert.equal(wantedBy(request('', { 'user-agent': 'kubectl/v1.36.0' })).pretty, false);
  assert.equal(wantedBy(request('', { 'user-agent': 'curl/8.1' })).pretty, true);
  assert.equal(wantedBy(request('pretty=false', { 'user-agent': 'curl/8.1' })).pretty, false);
  assert.equal(wantedBy(request('limit=1&pretty=true', {})).pretty, true);
  assert.equal(wantedBy(request('pretty=1', { accept: 'application/yaml' })).pretty, false);
});
