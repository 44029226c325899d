/** Requests that etcdctl cannot make, on etcd and on the face: the same answers, and the same refusals. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startEtcd, withoutEtcd } from '../etcd/test-member/etcd.ts';
import type { Message } from './messages.ts';
import { rawClient, shownMessage } from './test-face/raw-client.ts';
import { startTestFace } from './test-face/start.ts';

const bytes = (text: string) => Buffer.from(text);
const put = (key: string, value = 'x') => ({ request_put: { key: bytes(key), value: bytes(value) } });
const range = (key: string, end = '', more: object = {}) => ({
  request_range: { key: bytes(key), ...(end !== '' && { range_end: bytes(end) }), ...more },
});
const remove = (key: string, end = '') => ({
  request_delete_range: { key: bytes(key), ...(end !== '' && { range_end: bytes(end) }) },
});
const inner = (request: Message) => ({ request_txn: request });
const compare = (key: string, target: string, result: string, more: object) => ({
  key: bytes(key),
  target,
  result,
  ...more,
});
const txn = (request: Message) => ['KV', 'Txn', request] as const;
const find = (more: object) => ['KV', 'Range', { key: bytes('a'), range_end: bytes('z'), ...more }] as const;
const LEASE = '4242';
const MANY = Array.from({ length: 129 }, (_, index) => put(`many${index}`));

const CALLS: readonly (readonly [service: string, method: string, request: Message])[] = [
  ['Lease', 'LeaseGrant', { ID: LEASE, TTL: 100 }],
  ['Lease', 'LeaseGrant', { ID: LEASE, TTL: 100 }],
  ['Lease', 'LeaseGrant', { ID: '5', TTL: '9000000001' }],
  ['KV', 'Put', { key: bytes('a'), value: bytes('1'), lease: LEASE }],
  ['KV', 'Put', { key: bytes('b'), value: bytes('1') }],
  ['KV', 'Put', { key: bytes('b'), value: bytes('2') }],
  ['KV', 'Put', { key: bytes(''), value: bytes('2') }],
  ['KV', 'Put', { key: bytes('a'), value: bytes('2'), ignore_value: true }],
  ['KV', 'Put', { key: bytes('a'), lease: LEASE, ignore_lease: true }],
  ['KV', 'Put', { key: bytes('a'), value: bytes('2'), ignore_lease: true, prev_kv: true }],
  ['KV', 'Put', { key: Buffer.from([0xff, 0, 0x80]), value: bytes('binary') }],
  ['KV', 'Range', { key: Buffer.from([0xff]), range_end: Buffer.of(0) }],
  ['KV', 'Range', { key: bytes('') }],
  ['KV', 'DeleteRange', { key: bytes('') }],
  find({}),
  find({ min_mod_revision: 3 }),
  find({ max_mod_revision: 4, limit: 1 }),
  find({ min_create_revision: 3, sort_order: 'DESCEND', sort_target: 'CREATE', limit: 1 }),
  find({ sort_target: 'VERSION', limit: 1 }),
  find({ count_only: true }),
  find({ keys_only: true, sort_order: 'DESCEND' }),
  find({ revision: 3 }),
  find({ revision: 1000 }),
  txn({ compare: [compare('a', 'LEASE', 'EQUAL', { lease: LEASE })], success: [range('a')] }),
  txn({ compare: [compare('none', 'LEASE', 'NOT_EQUAL', { lease: LEASE })], success: [range('a')] }),
  txn({ compare: [compare('a', 'VERSION', 'GREATER', { version: 0, range_end: bytes('z') })], success: [put('c')] }),
  txn({ compare: [compare('a', 'VALUE', 'LESS', { value: bytes('2'), range_end: bytes('z') })], failure: [put('d')] }),
  txn({
    compare: [compare('m', 'CREATE', 'EQUAL', { create_revision: 0, range_end: bytes('z') })],
    success: [put('e')],
  }),
  txn({ compare: [compare('', 'VERSION', 'EQUAL', { version: 0 })] }),
  txn({
    success: [
      put('n1'),
      inner({
        compare: [compare('n1', 'VERSION', 'EQUAL', { version: 1 })],
        success: [put('yes')],
        failure: [put('no')],
      }),
      inner({
        compare: [compare('b', 'MOD', 'GREATER', { mod_revision: 1 })],
        success: [remove('b'), range('a', 'c')],
      }),
      range('n1'),
      range('a', 'z', { revision: 3 }),
    ],
  }),
  txn({ success: [range('a', 'z', { revision: 1000 }), put('f')] }),
  txn({ success: [inner({ success: [put('g')] }), put('g')] }),
  txn({ success: [inner({ success: [put('g')], failure: [put('g')] })] }),
  txn({ success: [inner({ success: [put('g')] }), inner({ failure: [remove('a', 'z')] })] }),
  txn({ success: [remove('a', 'z'), remove('a', 'z'), range('a', 'z')] }),
  txn({ success: [remove('none')] }),
  txn({ success: MANY }),
  txn({ success: [inner({ success: MANY.slice(0, 128) })] }),
  txn({ success: MANY.slice(0, 128) }),
  ['KV', 'DeleteRange', { key: Buffer.of(0), range_end: Buffer.of(0) }],
  find({}),
  ['Lease', 'LeaseTimeToLive', { ID: '99' }],
  ['Lease', 'LeaseLeases', {}],
  ['Lease', 'LeaseRevoke', { ID: LEASE }],
  ['Lease', 'LeaseRevoke', { ID: LEASE }],
  ['Maintenance', 'HashKV', { revision: 1000 }],
  ['Auth', 'Authenticate', { name: 'root', password: 'x' }],
];

/** What the server answered to each call. */
async function answers(endpoint: string): Promise<readonly string[]> {
  const client = rawClient(endpoint);
  const shown: string[] = [];
  for (const [service, method, request] of CALLS) {
    const answer = await client.call(service, method, request).then(
      ({ header, ...rest }) => shownMessage({ revision: (header as { revision: string }).revision, ...rest }),
      ({ code, details }: { readonly code: number; readonly details: string }) => `${code} ${details}`,
    );
    shown.push(`${service}.${method}: ${answer}`);
  }
  client.close();
  return shown;
}

test('startEtcdFace() answers calls and refuses them as etcd does', { skip: withoutEtcd }, async () => {
  const [etcd, face] = await Promise.all([startEtcd(), startTestFace('lmdb', { requestBytesMax: 10_000_000 })]);
  try {
    const [expected, actual] = await Promise.all([answers(etcd.endpoints[0]!), answers(face.endpoint)]);
    assert.deepEqual(actual, expected);
  } finally {
    await Promise.all([etcd.stop(), face.stop()]);
  }
});
