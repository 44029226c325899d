import assert from 'node:assert/strict';
import { type Duplex, duplexPair, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { fakeClock } from '@steersman/machinery';
import { SpdyConnection } from '../spdy/connection.ts';
import { type RemoteCommandOptions, terminalSizes } from './session.ts';
import { acceptSpdyCommand, openSpdyCommand, STREAM_CREATION_TIMEOUT_MS } from './spdy.ts';
import { outcomeBytes } from './status.ts';
import { translateCommand } from './translate.ts';

const protocol = 'v4.channel.k8s.io';
const interactive: RemoteCommandOptions = { stdin: true, stdout: true, stderr: false, tty: true };
const plain: RemoteCommandOptions = { stdin: true, stdout: true, stderr: true, tty: false };

async function sessionPair(command: RemoteCommandOptions) {
  const [near, far] = duplexPair() as [Duplex, Duplex];
  const clock = fakeClock();
  const [client, server] = await Promise.all([
    openSpdyCommand({ socket: near, protocol, command, clock }),
    acceptSpdyCommand({ socket: far, protocol, command, clock }),
  ]);
  return { client, server };
}

test('acceptSpdyCommand() carries a session with a terminal and its sizes', async () => {
  const { client, server } = await sessionPair(interactive);
  assert.equal(server.stderr, undefined);
  client.resize?.write('{"Width":80,"Height":24}\n{"Width":');
  client.resize?.end('100,"Height":30}');
  const sizes = [];
  for await (const size of terminalSizes(server.resize)) sizes.push(size);
  assert.deepEqual(sizes, [
    { width: 80, height: 24 },
    { width: 100, height: 30 },
  ]);
  server.stdout?.write('bye');
  void server.finish(outcomeBytes({ kind: 'exit', code: 7 }, protocol));
  assert.equal(await text(client.stdout!), 'bye');
  const status = JSON.parse(await text(client.error));
  assert.deepEqual(status.details.causes, [{ reason: 'ExitCode', message: '7' }]);
});

test('acceptSpdyCommand() gives up when the client opens too few streams', async () => {
  const [near, far] = duplexPair() as [Duplex, Duplex];
  const clock = fakeClock();
  const accepted = acceptSpdyCommand({ socket: far, protocol, command: plain, clock });
  const client = new SpdyConnection({ socket: near, role: 'client', clock });
  await client.openStream({ streamtype: 'error' });
  void clock.advance(STREAM_CREATION_TIMEOUT_MS);
  await assert.rejects(accepted, { code: 'Timeout' });
});

test('acceptSpdyCommand() notices that the client has gone', async () => {
  const [near, far] = duplexPair() as [Duplex, Duplex];
  const accepted = acceptSpdyCommand({ socket: far, protocol, command: plain, clock: fakeClock() });
  near.end();
  await assert.rejects(accepted, { code: 'ConnectionClosed' });
});

test('translateCommand() copies both ways and passes the outcome on', async () => {
  const front = await sessionPair(plain);
  const back = await sessionPair(plain);
  const done = translateCommand(front.server, back.client);
  front.client.stdin?.end('question');
  assert.equal(await text(back.server.stdin!), 'question');
  back.server.stdout?.write('answer');
  back.server.stderr?.write('complaint');
  void back.server.finish(Buffer.from('{"status":"Success"}'));
  const [out, err, outcome] = await Promise.all(
    [front.client.stdout!, front.client.stderr!, front.client.error].map((stream) => text(stream as Readable)),
  );
  assert.deepEqual([out, err, outcome], ['answer', 'complaint', '{"status":"Success"}']);
  await done;
});

test('translateCommand() reports a runtime that goes away without an outcome', async () => {
  const front = await sessionPair(plain);
  const back = await sessionPair(plain);
  void translateCommand(front.server, back.client);
  back.client.connection.abort();
  assert.match(await text(front.client.error), /the connection to the container was lost/);
});

test('outcomeBytes() writes a Status from v4 on and plain text before', () => {
  assert.equal(
    String(outcomeBytes({ kind: 'exit', code: 0 }, 'v5.channel.k8s.io')),
    '{"metadata":{},"status":"Success"}',
  );
  assert.equal(String(outcomeBytes({ kind: 'exit', code: 0 }, 'channel.k8s.io')), '');
  assert.equal(String(outcomeBytes({ kind: 'error', message: 'no shell' }, 'v2.channel.k8s.io')), 'no shell');
});

test('terminalSizes() ends at nonsense', async () => {
  const sizes = [];
  for await (const size of terminalSizes(Readable.from(['{"Width":1,"Height":2}', 'x}']))) sizes.push(size);
  assert.deepEqual(sizes, [{ width: 1, height: 2 }]);
});
