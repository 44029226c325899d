import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bodyFormat, negotiate } from './negotiate.ts';

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
  assert.throws(() => negotiate(TABLE, false), { message: /only the following media types are accepted/ });
  assert.equal(negotiate(`${TABLE},application/json`, false).view, 'object');
  assert.equal(negotiate(`${TABLE},application/json`).view, 'Table');
});

test('bodyFormat reads media types with parameters', () => {
  assert.equal(bodyFormat('application/json; charset=utf-8'), 'json');
  assert.equal(bodyFormat(undefined), 'json');
  assert.equal(bodyFormat('text/plain'), undefined);
});
