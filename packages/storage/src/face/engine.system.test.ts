/** The face must be etcd enough for our own engine: the whole conformance suite of storage, through gRPC. */
import { type FakeClock, realClock, silentLogger } from '@steersman/machinery';
import { describeStorage } from '../conformance.ts';
import { openEtcdStorage } from '../etcd/open.ts';
import { relative, slowClock, TIME_DIVISOR } from '../etcd/test-member/relative.ts';
import { startTestFace } from './test-face/start.ts';

for (const kind of ['memory', 'lmdb'] as const)
  describeStorage(`openEtcdStorage() on startEtcdFace() over ${kind}`, async () => {
    const face = await startTestFace(kind, { requestBytesMax: 10_000_000 });
    const options = { endpoints: [face.endpoint], prefix: '/clusters/one', clock: realClock(), log: silentLogger };
    const storage = await openEtcdStorage(options);
    // A new etcd stands at revision 1, the suite begins at 0.
    return { storage: relative(storage, 1, TIME_DIVISOR), clock: slowClock() as FakeClock, remove: () => face.stop() };
  });
