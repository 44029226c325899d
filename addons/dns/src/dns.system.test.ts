import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { createClient, createFakeApi, createInformers } from '@steersman/client';
import { fakeEffects, realClock } from '@steersman/machinery';
import packet from 'dns-packet';
import { frame, unframed } from './frames.ts';
import { startDns } from './start.ts';

async function setUp(signal: AbortSignal) {
  const api = createFakeApi({ effects: fakeEffects() });
  const client = createClient(api.transport);
  const effects = { ...fakeEffects(), clock: realClock() };
  await client.json('POST', '/api/v1/namespaces', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'default' },
  });
  await client.json('POST', '/api/v1/namespaces/default/services', {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'default' },
    spec: { clusterIP: '10.96.0.20', clusterIPs: ['10.96.0.20'], ports: [{ port: 80, protocol: 'TCP', name: 'http' }] },
  });
  return await startDns({
    client,
    informers: createInformers({ client, effects }),
    effects,
    signal,
    clusterDomain: 'cluster.local',
    serviceAddress: '10.96.0.10',
    bindAddress: '127.0.0.1',
    port: 0,
    resolvConf: '',
  });
}
const query = packet.encode({
  type: 'query',
  id: 7,
  questions: [{ name: 'web.default.svc.cluster.local', type: 'A' }],
});

test('startDns() answers over UDP and TCP from what the API says', async () => {
  const abort = new AbortController();
  const { port } = await setUp(abort.signal);
  try {
    const udp = createSocket('udp4');
    udp.send(query, port, '127.0.0.1');
    const [message] = (await once(udp, 'message')) as [Buffer];
    udp.close();
    const tcp = connect(port, '127.0.0.1');
    tcp.write(frame(query));
    const overTcp = await new Promise<Uint8Array>((resolve) => tcp.on('data', unframed(resolve)));
    tcp.destroy();
    for (const response of [message, overTcp]) {
      const { answers } = packet.decode(Buffer.from(response));
      assert.deepEqual(
        answers?.map((record) => record.type === 'A' && record.data),
        ['10.96.0.20'],
      );
    }
  } finally {
    abort.abort();
  }
});
