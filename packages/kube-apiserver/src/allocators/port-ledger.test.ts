import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeEnvelope, schemaFor } from '@steersman/api';
import { fakeClock, seededRandom } from '@steersman/machinery';
import { createMemoryStorage, type Storage } from '@steersman/storage';
import { type PortLedger, portLedger } from './port-ledger.ts';
import { portRepair } from './repair.ts';

const KEY = '/registry/ranges/servicenodeports';
const RANGE = { first: 30000, last: 30099 };

function setUp(used: number[] = []) {
  const storage = createMemoryStorage({ clock: fakeClock() });
  const server = (seed: number) =>
    portLedger({ storage, random: seededRandom(seed), range: RANGE, used: async () => used });
  return { storage, used, one: server(1), two: server(2) };
}
const takeAny = (ledger: PortLedger) => ledger.change((ports) => ports.takeAny() ?? 0);
const take = (ledger: PortLedger, port: number) => ledger.change((ports) => ports.take(port));
async function stored(storage: Storage): Promise<Record<string, unknown>> {
  return JSON.parse(Buffer.from((await storage.get(KEY)).item?.value ?? []).toString()) as Record<string, unknown>;
}

test('portLedger() never gives a port twice, whichever server is asked', async () => {
  const { one, two } = setUp();
  const numbers = await Promise.all(Array.from({ length: 100 }, (_, index) => takeAny(index % 2 === 0 ? one : two)));
  assert.equal(new Set(numbers).size, 100);
  assert.ok(numbers.every((port) => port >= 30000 && port <= 30099));
  assert.equal(await takeAny(two), 0);
});

test('portLedger() sees at once what another server gave back', async () => {
  const { one, two } = setUp();
  assert.equal(await take(one, 30005), true);
  assert.equal(await take(two, 30007), true);
  await one.change((ports) => ports.release(30005));
  const retake = two.change((ports) => {
    if (!ports.take(30005)) throw new TypeError('taken');
  });
  await retake;
  assert.equal(await take(one, 30005), false);
});

test('portLedger() writes all or nothing of one change, and nothing of a rehearsal', async () => {
  const { storage, one } = setUp();
  await take(one, 30000);
  const before = (await storage.get(KEY)).item?.modRevision;
  const half = one.change((ports) => {
    ports.take(30001);
    throw new TypeError('no');
  });
  await assert.rejects(half, TypeError);
  assert.equal(await one.change((ports) => ports.take(30001), { dryRun: true }), true);
  assert.equal((await storage.get(KEY)).item?.modRevision, before);
  assert.equal(await take(one, 30001), true);
});

test('portLedger() keeps the ports as upstream: bits of a big-endian number in a RangeAllocation', async () => {
  const { storage, one } = setUp([30000, 30009]);
  await take(one, 30001);
  const data = Buffer.from([0b10, 0b11]).toString('base64');
  const expected = { kind: 'RangeAllocation', apiVersion: 'v1', metadata: {}, range: '30000-30099', data };
  assert.deepEqual(await stored(storage), expected);
});

test('portLedger() reads what an upstream server wrote, in its protobuf envelope', async () => {
  const { storage, one } = setUp();
  const schema = schemaFor({ group: '', version: 'v1', kind: 'RangeAllocation' });
  assert.ok(schema);
  const data = Buffer.from([0b1000]).toString('base64');
  const object = { kind: 'RangeAllocation', apiVersion: 'v1', metadata: {}, range: '30000-30099', data };
  const value = encodeEnvelope(object, schema);
  await storage.transact({ when: [], write: [{ kind: 'put', key: KEY, value }] });
  assert.equal(await take(one, 30003), false);
  assert.equal(await take(one, 30004), true);
});

test('portLedger() says that the store cannot be written, and goes on when it can', async () => {
  const { storage, used } = setUp();
  let broken = true;
  const failing: Storage = {
    ...storage,
    get: (key) => (broken ? Promise.reject(new TypeError('gone')) : storage.get(key)),
    transact: (transaction) => storage.transact(transaction),
  };
  const ledger = portLedger({ storage: failing, random: seededRandom(1), range: RANGE, used: async () => used });
  await assert.rejects(take(ledger, 30000), TypeError);
  broken = false;
  assert.equal(await take(ledger, 30000), true);
});

test('portRepair() records ports that only a Service knows of, and frees what nobody has after three rounds', async () => {
  const { one, two, used } = setUp();
  await take(one, 30001);
  used.push(30002);
  const freed: number[] = [];
  const repair = portRepair(two, (port) => freed.push(port));
  await repair();
  assert.equal(await take(one, 30002), false);
  await repair();
  await repair();
  assert.deepEqual(freed, []);
  assert.equal(await take(one, 30001), false);
  await repair();
  assert.deepEqual(freed, [30001]);
  assert.equal(await take(one, 30001), true);
});
