/** Three API servers, each its own process, on one store. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import type { Service } from '@steersman/api';
import { ALPHA, missingPrograms, RetryingClient, TestServers, type TestStore } from './peers/adapters/test-servers.ts';

for (const store of ['etcd', 'face'] satisfies TestStore[]) describe(`on ${store}`, () => threeServers(store));

function threeServers(store: TestStore): void {
  const missing = missingPrograms(store);
  const skip = missing.length > 0 && `needs ${missing.join(', ')}`;
  const servers = new TestServers(store);
  const clients: RetryingClient[] = [];
  const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
  const client = (first = 0) => {
    const made = new RetryingClient(servers, first);
    clients.push(made);
    return made;
  };
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

  before(() => (skip === false ? servers.start() : undefined));
  after(async () => {
    for (const made of clients) made.close();
    await servers[Symbol.asyncDispose]();
  });

  async function addresses(): Promise<readonly string[]> {
    const { body } = await client().send('GET', '/api/v1/namespaces/default/endpoints/kubernetes');
    const subsets = body['subsets'] as { addresses: { ip: string }[] }[] | undefined;
    return (subsets?.[0]?.addresses ?? []).map(({ ip }) => ip);
  }
  async function until(what: () => Promise<boolean>, triesMax: number): Promise<boolean> {
    for (let tries = 0; tries < triesMax; tries++) {
      if (await what()) return true;
      await pause(500);
    }
    return false;
  }
  const ALL = ['192.0.2.1', '192.0.2.2', '192.0.2.3'];
  const listsExactly = (wanted: readonly string[]) => async () => (await addresses()).join() === wanted.join();

  test('three API servers list each other as endpoints of the kubernetes Service and have an identity lease each', {
    skip,
  }, async () => {
    assert.ok(await until(listsExactly(ALL), 240), String(await addresses()));
    const selector = 'labelSelector=apiserver.kubernetes.io%2Fidentity%3Dkube-apiserver';
    const { body } = await client(2).send(
      'GET',
      `/apis/coordination.k8s.io/v1/namespaces/kube-system/leases?${selector}`,
    );
    const hosts = (body['items'] as { metadata: { labels: Record<string, string> } }[]).map(
      ({ metadata }) => metadata.labels['kubernetes.io/hostname'],
    );
    assert.deepEqual(hosts.sort(), ['server-0', 'server-1', 'server-2']);
  });

  test('two hundred Services made over three API servers at once get each their own address and node port', {
    skip,
  }, async () => {
    const services = await Promise.all(
      Array.from({ length: 200 }, async (_, index) => {
        const spec = { type: 'NodePort', ports: [{ port: 80 }] };
        const body = { apiVersion: 'v1', kind: 'Service', metadata: { name: `many-${index}` }, spec };
        const answer = await (clients[index % 3] ?? client(index % 3)).send(
          'POST',
          '/api/v1/namespaces/default/services',
          body,
        );
        assert.equal(answer.status, 201, JSON.stringify(answer.body));
        return answer.body as unknown as Service;
      }),
    );
    assert.equal(new Set(services.map(({ spec }) => spec.clusterIP)).size, 200);
    assert.equal(new Set(services.map(({ spec }) => spec.ports?.[0]?.nodePort)).size, 200);
  });

  test('an API server passes requests for what it does not serve to a peer that does', { skip }, async () => {
    const path = `/apis/${ALPHA}/storageversions`;
    // A server learns what a new one serves within seconds, and answers 404 until then.
    for (const index of [0, 2])
      assert.ok(await until(async () => (await client(index).send('GET', path)).status === 200, 240));
    const object = { apiVersion: ALPHA, kind: 'StorageVersion', metadata: { name: 'g.r' }, spec: {}, status: {} };
    const created = await client(2).send('POST', path, object);
    assert.equal(created.status, 201, JSON.stringify(created.body));
    const read = await client(0).send('GET', `${path}/g.r`);
    assert.equal((read.body['metadata'] as { name: string }).name, 'g.r');
    const asking = client(0);
    const unknown = await asking.send('GET', `/apis/${ALPHA}/nothings`);
    assert.deepEqual([unknown.status, unknown.body, asking.retries], [404, { text: '404 page not found\n' }, 0]);
    // An upgrade goes the same way: the answer is the peer's, as the user who asks.
    const upgrade = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-protocol': 'v5.channel.k8s.io' };
    const answer = await client(0).open('GET', path, undefined, upgrade);
    const text = (await answer.setEncoding('utf8').toArray()).join('');
    assert.equal(answer.statusCode, 200, text);
    assert.equal((JSON.parse(text) as { items: unknown[] }).items.length, 1);
    const socket = client(0).openSocket(`${path}?watch=true`);
    const [message] = (await once(socket, 'message')) as [Buffer, boolean];
    const event = JSON.parse(message.toString()) as { type: string; object: { metadata: { name: string } } };
    assert.deepEqual([event.type, event.object.metadata.name], ['ADDED', 'g.r']);
    socket.close();
    await once(socket, 'close');
  });

  test('discovery of an API server shows what its peers serve, and with profile=nopeer what it serves itself', {
    skip,
  }, async () => {
    const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
    const groups = async (first: number, profile: string) => {
      const { body } = await client(first).send('GET', '/apis', undefined, { accept: accept + profile });
      return (body['items'] as { metadata: { name: string } }[]).map(({ metadata }) => metadata.name);
    };
    const [group = ''] = ALPHA.split('/');
    assert.ok(await until(async () => (await groups(0, '')).includes(group), 30));
    assert.ok(await until(async () => (await groups(2, '')).includes(group), 30));
    assert.deepEqual(await groups(0, ''), await groups(1, ''));
    assert.ok(!(await groups(0, ';profile=nopeer')).includes(group));
    assert.ok((await groups(1, ';profile=nopeer')).includes(group));
  });

  test('a watch that goes through a peer ends properly when either server goes, and what only that peer serves is 503 until it is back', {
    skip,
    timeout: 300_000,
  }, async () => {
    const path = `/apis/${ALPHA}/storageversions`;
    assert.equal((await client(0).send('GET', path)).status, 200);
    for (const index of [0, 1]) {
      const answer = await client(0).open('GET', `${path}?watch=true`);
      assert.equal(answer.statusCode, 200);
      const closed = once(answer, 'close');
      const [first] = (await once(answer.setEncoding('utf8'), 'data')) as [string];
      assert.match(first, /^{"type":"ADDED".*}\n$/);
      answer.resume();
      assert.equal(await servers.stopServer(index, 'SIGTERM'), 0);
      await closed;
      assert.equal(answer.complete, true);
      if (index === 0) {
        await servers.startServer(0);
        assert.ok(await until(async () => (await client(0).send('GET', path)).status === 200, 240));
      }
    }
    const unavailable = async () => {
      const { status, body } = await client(0).send('GET', path);
      assert.equal(status, 503, JSON.stringify(body));
      return body['message'] === 'Error getting ip and port info of the remote server while proxying';
    };
    assert.ok(await until(unavailable, 60));
    await servers.startServer(1);
    assert.ok(await until(async () => (await client(0).send('GET', path)).status === 200, 240));
  });

  const LAST = 'last';
  const LOAD_MIN = 50;
  /** Follows config maps over the ends of watches, until it is told to stop and has seen the last one; says how watches ended. */
  async function follow(
    stop: { now: boolean },
    seen: Map<string, number>,
    ends: string[],
    from: string,
  ): Promise<void> {
    const watcher = client(1);
    let since = from;
    while (!stop.now || !seen.has(LAST)) {
      const path = `${CONFIG_MAPS}?watch=true&allowWatchBookmarks=true&resourceVersion=${since}&timeoutSeconds=300`;
      const answer = await watcher.open('GET', path).catch(() => undefined);
      if (answer === undefined) {
        await watcher.next();
        continue;
      }
      if (answer.statusCode !== 200) ends.push(`status ${answer.statusCode}`);
      let rest = '';
      try {
        for await (const chunk of answer.setEncoding('utf8')) {
          const lines = (rest + chunk).split('\n');
          rest = lines.pop() ?? '';
          for (const line of lines) {
            const { type, object } = JSON.parse(line) as { type: string; object: { metadata: Record<string, string> } };
            if (type === 'ERROR') ends.push(line);
            else since = object.metadata['resourceVersion'] ?? since;
            const name = object.metadata['name'] ?? '';
            if (type === 'ADDED') seen.set(name, (seen.get(name) ?? 0) + 1);
          }
          if (stop.now && seen.has(LAST)) answer.destroy();
        }
        ends.push(answer.complete ? 'complete' : 'cut');
      } catch (error) {
        if (!seen.has(LAST)) ends.push(String(error));
      }
      await watcher.next();
    }
  }

  test('API servers that are replaced one after the other under load fail no request of clients that retry connections', {
    skip,
    timeout: 600_000,
  }, async () => {
    const stop = { now: false };
    const failed: string[] = [];
    const made: string[] = [];
    const { body } = await client().send('GET', CONFIG_MAPS);
    const seen = new Map<string, number>();
    const ends: string[] = [];
    const watching = follow(stop, seen, ends, (body['metadata'] as { resourceVersion: string }).resourceVersion);
    const work = async (worker: number) => {
      const own = client(worker % 3);
      for (let round = 0; !stop.now; round++) {
        const name = `load-${worker}-${round}`;
        const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { round: String(round) } };
        const created = await own.send('POST', CONFIG_MAPS, object);
        if (created.status === 201) made.push(name);
        else failed.push(`POST ${created.status} ${JSON.stringify(created.body)}`);
        const read = await own.send('GET', `${CONFIG_MAPS}/${name}`);
        if (read.status !== 200) failed.push(`GET ${read.status} ${JSON.stringify(read.body)}`);
        await pause(20);
      }
    };
    const working = Array.from({ length: 6 }, (_, worker) => work(worker));
    for (const index of [0, 1, 2]) {
      await pause(1000);
      assert.equal(await servers.stopServer(index, 'SIGTERM'), 0);
      assert.ok(!(await addresses()).includes(ALL[index]!), 'a server that ended is listed');
      await servers.startServer(index);
    }
    do await pause(1000);
    while (made.length <= LOAD_MIN);
    stop.now = true;
    await Promise.all(working);
    await client().send('POST', CONFIG_MAPS, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: LAST } });
    await watching;
    assert.deepEqual(failed, []);
    assert.ok(ends.length > 0);
    assert.deepEqual(
      [...new Set(ends)].filter((end) => end !== 'complete'),
      [],
    );
    assert.deepEqual(
      made.filter((name) => seen.get(name) !== 1),
      [],
    );
  });

  test('an API server that is killed leaves the endpoints of the kubernetes Service within its lease', {
    skip,
    timeout: 300_000,
  }, async () => {
    assert.ok(await until(listsExactly(ALL), 240), String(await addresses()));
    await servers.stopServer(2, 'SIGKILL');
    assert.ok(await until(listsExactly(ALL.slice(0, 2)), 240), String(await addresses()));
  });
}
