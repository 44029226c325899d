/** Three API servers, two of which serve what the third one does not, and clients of the third. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ALPHA, missingPrograms, RetryingClient, TestServers } from './peers/adapters/test-servers.ts';

const missing = missingPrograms('face');
const skip = missing.length > 0 && `needs ${missing.join(', ')}`;
const PATH = `/apis/${ALPHA}/storageversions`;
const OLD = 2;
const WRITES_MIN = 100;

describe('requests through peers', { skip }, () => {
  const servers = new TestServers('face', {
    args: (_servers, index) => (index === OLD ? [] : [`--runtime-config=${ALPHA}=true`]),
  });
  const clients: RetryingClient[] = [];
  const client = (first: number) => {
    const made = new RetryingClient(servers, first);
    clients.push(made);
    return made;
  };
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

  before(() => servers.start());
  after(async () => {
    for (const made of clients) made.close();
    await servers[Symbol.asyncDispose]();
  });

  /** Documents of discovery that the old server has had from its peers. */
  async function discovered(): Promise<number> {
    const { body } = await client(OLD).send('GET', '/metrics');
    const series = /^apiserver_rerouted_request_total{code="200",group="",version="",resource=""} (\d+)$/m;
    return Number(series.exec(String(body['text']))?.[1] ?? 0);
  }

  test('servers that are replaced one after the other fail no request that goes to them through a peer', {
    timeout: 600_000,
  }, async () => {
    let stop = false;
    let made = 0;
    const failed: string[] = [];
    while ((await client(OLD).send('GET', PATH)).status !== 200) await pause(500);
    const work = async (worker: number) => {
      const own = client(OLD);
      for (let round = 0; !stop; round++) {
        const name = `load-${worker}-${round}.example`;
        const object = { apiVersion: ALPHA, kind: 'StorageVersion', metadata: { name }, spec: {}, status: {} };
        for (const [method, path, body, wanted] of [
          ['POST', PATH, object, 201],
          ['GET', `${PATH}/${name}`, undefined, 200],
        ] as const) {
          const answer = await own.send(method, path, body);
          if (answer.status !== wanted) failed.push(`${method} ${answer.status} ${JSON.stringify(answer.body)}`);
        }
        made += 1;
        await pause(10);
      }
    };
    const working = [0, 1, 2, 3].map(work);
    for (const index of [0, 1, OLD]) {
      await pause(1000);
      assert.equal(await servers.stopServer(index, 'SIGTERM'), 0);
      const before = index === OLD ? 0 : await discovered();
      await servers.startServer(index);
      // Whoever serves it last must not go before the old server knows another one.
      while (index !== OLD && (await discovered()) < before + 2) await pause(500);
    }
    do await pause(1000);
    while (made < WRITES_MIN);
    stop = true;
    await Promise.all(working);
    assert.deepEqual(failed, []);
  });
});
