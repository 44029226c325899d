import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromJSON } from '@grpc/proto-loader';
import { grpcDescriptor } from '@steersman/api';
import { wires } from './service.ts';
import { GrpcFailure } from './status.ts';

const descriptor = grpcDescriptor('etcd-rpc');
const wireOf = wires(descriptor, 'etcdserverpb');

/** The same by protobuf.js. */
interface Other {
  readonly requestSerialize: (message: object) => Buffer;
  readonly requestDeserialize: (bytes: Buffer) => object;
  readonly responseSerialize: (message: object) => Buffer;
  readonly responseDeserialize: (bytes: Buffer) => object;
}
const other = (service: string, method: string) => {
  const options = { keepCase: true, longs: String, enums: String, defaults: true };
  const services = fromJSON(descriptor as Parameters<typeof fromJSON>[0], options);
  return (services[`etcdserverpb.${service}`] as unknown as Record<string, Other>)[method]!;
};
const plain = (message: unknown) => JSON.parse(JSON.stringify(message)) as unknown;

const key = Buffer.from('/registry/a');
const kv = { key, value: Buffer.alloc(300, 7), create_revision: '7', mod_revision: 8, version: 1, lease: '-2' };
const header = { cluster_id: '14841639068965178418', member_id: '10276657743932975437', revision: 9, raft_term: 2 };
const requests: readonly (readonly [string, string, object])[] = [
  ['KV', 'Range', {}],
  [
    'KV',
    'Range',
    { key, range_end: Buffer.of(0), limit: 500, revision: 2 ** 40, sort_order: 'DESCEND', keys_only: true },
  ],
  [
    'KV',
    'Txn',
    {
      compare: [
        { key, result: 'EQUAL', target: 'MOD', mod_revision: 0 },
        { key, result: 'NOT_EQUAL', target: 'VALUE', value: Buffer.alloc(0), range_end: Buffer.of(0) },
      ],
      success: [{ request_put: { key, value: Buffer.alloc(200_000, 1), lease: '7587862094935410701' } }],
      failure: [{ request_txn: { failure: [{ request_delete_range: { key } }] } }, { request_range: {} }],
    },
  ],
  ['Watch', 'Watch', { create_request: { key, start_revision: -1, filters: ['NODELETE', 'NOPUT'], watch_id: 3 } }],
  ['Watch', 'Watch', { progress_request: {} }],
  ['Auth', 'Authenticate', { name: 'jürgen', password: 'x' }],
];
const responses: readonly (readonly [string, string, object])[] = [
  ['KV', 'Range', { header, kvs: [kv, kv], more: true, count: '2' }],
  ['KV', 'Txn', { header, succeeded: true, responses: [{ response_put: { header: { revision: 9 } } }] }],
  ['Watch', 'Watch', { header, watch_id: -1, events: [{ type: 'DELETE', kv, prev_kv: kv }, { kv }] }],
  ['Maintenance', 'Hash', { header, hash: 4_000_000_000 }],
  ['Cluster', 'MemberList', { header, members: [{ ID: '18446744073709551615', peerURLs: ['a', ''] }] }],
  ['Lease', 'LeaseTimeToLive', { header, ID: 5, TTL: -1, keys: [key, Buffer.alloc(0)] }],
];

test('wires() writes and reads what protobuf.js does', () => {
  for (const [service, method, message] of requests) {
    const [ours, theirs] = [wireOf(service, method), other(service, method)];
    const expected = plain(theirs.requestDeserialize(theirs.requestSerialize(message)));
    const written = Buffer.from(ours.encodeRequest(message as Record<string, unknown>));
    assert.deepEqual(plain(theirs.requestDeserialize(written)), expected, method);
    assert.deepEqual(plain(ours.decodeRequest(theirs.requestSerialize(message))), expected, method);
  }
  for (const [service, method, message] of responses) {
    const [ours, theirs] = [wireOf(service, method), other(service, method)];
    const expected = plain(theirs.responseDeserialize(theirs.responseSerialize(message)));
    const written = Buffer.from(ours.encodeResponse(message as Record<string, unknown>));
    assert.deepEqual(plain(theirs.responseDeserialize(written)), expected, method);
    assert.deepEqual(plain(ours.decodeResponse(theirs.responseSerialize(message))), expected, method);
  }
});

test('wires() reads fields that it does not know, lists in either form, and enumerations of tomorrow', () => {
  const { decodeRequest } = wireOf('Watch', 'Watch');
  const create = Buffer.from('2801280028072a020100', 'hex');
  const message = Buffer.concat([Buffer.of(0x0a, create.length), create]);
  const { create_request } = decodeRequest(message) as { create_request: { filters: unknown[] } };
  assert.deepEqual(create_request.filters, ['NODELETE', 'NOPUT', 7, 'NODELETE', 'NOPUT']);
  const strange = Buffer.from('a2060361626398060599060000000000000000' + '9d0600000000', 'hex');
  assert.deepEqual(plain(wireOf('KV', 'Compact').decodeRequest(strange)), { revision: '0', physical: false });
});

test('wires() never shares what it reads between messages', () => {
  const { decodeResponse, encodeResponse } = wireOf('KV', 'Range');
  const one = decodeResponse(Buffer.from(encodeResponse({ kvs: [kv] }))) as { kvs: unknown[] };
  const two = decodeResponse(Buffer.alloc(0)) as { kvs: unknown[] };
  assert.deepEqual([one.kvs.length, two.kvs.length], [1, 0]);
});

test('wires() refuses messages that are cut off, too deep, or not what they say', () => {
  const { decodeRequest, encodeRequest } = wireOf('KV', 'Txn');
  const whole = Buffer.from(encodeRequest({ success: [{ request_put: { key, value: key } }] }));
  for (let length = 1; length < whole.length; length += 1)
    assert.throws(() => decodeRequest(whole.subarray(0, length)), GrpcFailure, `after ${length} bytes`);
  const deep = Array.from({ length: 200 }).reduce((inner: object) => ({ failure: [{ request_txn: inner }] }), {});
  assert.throws(() => decodeRequest(Buffer.from(encodeRequest(deep as Record<string, unknown>))), GrpcFailure);
  for (const wrong of ['0801', '0b', 'ffffffffffffffffffff01', '12ffffffff0f'])
    assert.throws(() => decodeRequest(Buffer.from(wrong, 'hex')), GrpcFailure, wrong);
});
