import assert from 'node:assert/strict';
import { on, once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { type Duplex, duplexPair } from 'node:stream';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { WebSocket } from 'ws';
import { acceptWebSocketCommand, negotiateWebSocketCommand } from './websocket.ts';

const command = { stdin: true, stdout: true, stderr: true, tty: false };

/** A WebSocket client and the session at its other end, over a pair of streams: no port is opened. */
async function connected(protocol: string) {
  const [near, far] = duplexPair() as [Duplex, Duplex];
  const server = createServer();
  const upgraded = once(server, 'upgrade') as Promise<[IncomingMessage, Duplex, Buffer]>;
  server.emit('connection', far);
  // The pair of streams never reports a close of its own: without a short wait the client's timer outlives the test.
  const options = { createConnection: () => near as never, closeTimeout: 10 };
  const client = new WebSocket('ws://test/', protocol === '' ? [] : [protocol], options);
  const [request, socket, head] = await upgraded;
  assert.equal(negotiateWebSocketCommand(request), protocol);
  const session = await acceptWebSocketCommand({ request, socket, head, protocol, command });
  // A pair of streams does not tell one side that the other is destroyed, and a WebSocket waits long for its peer.
  const end = () => {
    near.destroy();
    far.destroy();
  };
  return { client, session, end };
}

async function messages(client: WebSocket, count: number): Promise<Buffer[]> {
  const seen: Buffer[] = [];
  for await (const [message] of on(client, 'message')) {
    seen.push(message as Buffer);
    if (seen.length === count) break;
  }
  return seen;
}

test('acceptWebSocketCommand() numbers its channels, greets, and ends with the outcome', async () => {
  const { client, session, end } = await connected('v4.channel.k8s.io');
  const received = messages(client, 4);
  session.stdout?.write('out');
  session.stderr?.write('err');
  const closed = once(client, 'close');
  await session.finish(Buffer.from('{}'));
  const texts = (await received).map((message) => [message[0], message.subarray(1).toString()]);
  assert.deepEqual(texts[0], [1, '']);
  assert.deepEqual(texts.slice(1).sort(), [
    [1, 'out'],
    [2, 'err'],
    [3, '{}'],
  ]);
  const [code] = await closed;
  assert.equal(code, 1000);
  if (!session.signal.aborted) await once(session.signal, 'abort');
  end();
});

test('acceptWebSocketCommand() closes stdin on the v5 signal', async () => {
  const { client, session, end } = await connected('v5.channel.k8s.io');
  if (client.readyState !== WebSocket.OPEN) await once(client, 'open');
  client.send(Buffer.from([0, 0x68, 0x69]));
  client.send(Buffer.from([255, 0]));
  assert.equal(await text(session.stdin!), 'hi');
  end();
});

test('acceptWebSocketCommand() speaks base64 to clients that ask for it', async () => {
  const { client, session, end } = await connected('v4.base64.channel.k8s.io');
  const received = messages(client, 2);
  session.stdout?.write('hi');
  assert.deepEqual((await received).map(String), ['1', '1aGk=']);
  client.send(`0${Buffer.from('in').toString('base64')}`);
  const [chunk] = await once(session.stdin!, 'data');
  assert.equal(String(chunk), 'in');
  const closed = once(client, 'close');
  client.close();
  await Promise.all([closed, once(session.signal, 'abort')]);
  end();
});
