import assert from 'node:assert/strict';
import { performServerHandshake, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import { type Duplex, duplexPair } from 'node:stream';
import { test } from 'node:test';
import { fakeClock } from '@steersman/machinery';
import { Channel } from './channel.ts';
import type { Field } from './hpack-table.ts';
import { Code, type GrpcFailure } from './status.ts';

const METADATA: readonly Field[] = [['hasleader', 'true']];

type Answer = (stream: ServerHttp2Stream, message: Buffer, headers: Record<string, unknown>) => void;

/** A channel to Node's own HTTP/2, which answers each call as told. */
function channelTo(answer: Answer, settings: Record<string, number> = {}) {
  const sessions: ServerHttp2Session[] = [];
  const clock = fakeClock();
  let far: Duplex | undefined;
  const channel = new Channel({
    authority: 'etcd:2379',
    secure: false,
    clock,
    async dial() {
      const [near, other] = duplexPair();
      far = other;
      const session = performServerHandshake(other, { settings });
      sessions.push(session);
      session.on('error', () => undefined);
      session.on('stream', (stream, headers) => {
        const parts: Buffer[] = [];
        stream.on('error', () => undefined);
        stream.on('data', (part: Buffer) => parts.push(part));
        stream.on('end', () => answer(stream, Buffer.concat(parts), headers));
      });
      return near;
    },
  });
  return { channel, clock, sessions, cut: () => far!.destroy() };
}

const messageOf = (body: Uint8Array) => {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(body.length, 1);
  return Buffer.concat([head, body]);
};
function respond(
  stream: ServerHttp2Stream,
  body: Uint8Array,
  trailers: Record<string, string> = { 'grpc-status': '0' },
) {
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers(trailers));
  stream.end(messageOf(body));
}
const failure = (code: number, untouched: boolean) => (error: GrpcFailure) => {
  assert.equal(error.code, code, error.details);
  assert.equal(error.untouched, untouched, error.details);
  return true;
};

test('Channel.unary() sends gRPC as HTTP/2 has it, and resolves with the answer', async () => {
  const seen: unknown[] = [];
  const { channel } = channelTo((stream, message, headers) => {
    seen.push([headers[':path'], headers[':authority'], headers['te'], headers['hasleader'], headers['content-type']]);
    respond(stream, message.subarray(5));
  });
  const answers = await Promise.all(
    ['one', 'two', ''].map((text) => channel.unary('/etcdserverpb.KV/Txn', Buffer.from(text), METADATA)),
  );
  assert.deepEqual(answers.map(String), ['one', 'two', '']);
  assert.deepEqual(seen[2], ['/etcdserverpb.KV/Txn', 'etcd:2379', 'trailers', 'true', 'application/grpc']);
  channel.close();
});

test('Channel.unary() carries messages larger than every window, both ways', async () => {
  const { channel } = channelTo((stream, message) => respond(stream, message.subarray(5)));
  const large = [300_000, 3_000_000, 12_000_000].map((length, fill) => Buffer.alloc(length, fill + 1));
  const answers = await Promise.all(large.map((body) => channel.unary('/a', body, METADATA)));
  for (const [index, body] of large.entries()) assert.ok(answers[index]!.equals(body));
  channel.close();
});

test('Channel.unary() begins no more calls at once than the server allows', async () => {
  let open = 0;
  let most = 0;
  const answer: Answer = (stream, message) => {
    open += 1;
    most = Math.max(most, open);
    stream.on('close', () => (open -= 1));
    respond(stream, message.subarray(5));
  };
  const { channel } = channelTo(answer, { maxConcurrentStreams: 2, headerTableSize: 0, initialWindowSize: 10 });
  await channel.unary('/a', Buffer.from('settings are known behind this'), METADATA);
  const bodies = Array.from({ length: 50 }, (_, index) => Buffer.from(`this is message ${index}`));
  const answers = await Promise.all(bodies.map((body) => channel.unary('/a', body, METADATA)));
  assert.deepEqual(answers.map(String), bodies.map(String));
  assert.ok(most <= 2, `${most} at once`);
  channel.close();
});

test('Channel.unary() rejects with the status and the text of the server', async () => {
  const { channel } = channelTo((stream) => {
    stream.respond({ ':status': 200, 'grpc-status': '11', 'grpc-message': 'f%C3%BCr 100%25' }, { endStream: true });
  });
  await assert.rejects(channel.unary('/a', Buffer.of(), METADATA), { code: 11, details: 'für 100%', untouched: false });
  channel.close();
});

test('Channel.unary() takes answers of proxies for what they mean', async () => {
  const { channel } = channelTo((stream, message) => {
    stream.respond({ ':status': Number(String(message.subarray(5))) });
    stream.end('<html>');
  });
  await assert.rejects(channel.unary('/a', Buffer.from('503'), METADATA), failure(Code.unavailable, false));
  await assert.rejects(channel.unary('/a', Buffer.from('404'), METADATA), failure(Code.unknown, false));
  channel.close();
});

test('Channel.unary() says whether the server can have looked at a call that was cut off', async () => {
  const { channel, sessions, cut } = channelTo((stream, message) => {
    const text = String(message.subarray(5));
    if (text === 'refuse') stream.close(7);
    else if (text === 'leave') sessions[0]!.goaway(0, 1);
    else if (text === 'cut') cut();
    else respond(stream, message);
  });
  await assert.rejects(channel.unary('/a', Buffer.from('refuse'), METADATA), failure(Code.unavailable, true));
  await assert.rejects(channel.unary('/a', Buffer.from('leave'), METADATA), failure(Code.unavailable, true));
  await assert.rejects(channel.unary('/a', Buffer.from('cut'), METADATA), failure(Code.unavailable, false));
  assert.equal(String(await channel.unary('/a', Buffer.from('on'), METADATA)).slice(-2), 'on');
  assert.equal(sessions.length, 3, 'each connection that was given up is replaced by one');
  channel.close();
});

test('Channel.unary() gives up after ten seconds, and goes on with other calls', async () => {
  const { channel, clock } = channelTo((stream, message) => {
    if (message.length > 5) respond(stream, message);
  });
  const hanging = channel.unary('/a', Buffer.of(), METADATA);
  hanging.catch(() => undefined);
  await channel.unary('/a', Buffer.of(1), METADATA);
  await clock.advance(12_000);
  await assert.rejects(hanging, failure(Code.deadlineExceeded, false));
  await channel.unary('/a', Buffer.of(1), METADATA);
  channel.close();
});

test('Channel.unary() says that it was not sent when there is no connection', async () => {
  const clock = fakeClock();
  let dialled = 0;
  const dial = async () => {
    dialled += 1;
    throw new Error('refused');
  };
  const channel = new Channel({ authority: 'a', secure: false, clock, dial });
  const call = () => assert.rejects(channel.unary('/a', Buffer.of(), METADATA), failure(Code.unavailable, true));
  await Promise.all([call(), call()]);
  await call();
  assert.equal(dialled, 1, 'not more often than ten times a second');
  await clock.advance(200);
  await call();
  assert.equal(dialled, 2);
});

test('Channel.close() ends calls on connections that the server is leaving, too', async () => {
  const { channel, sessions } = channelTo((stream, message) => respond(stream, message));
  const ends: (GrpcFailure | undefined)[] = [];
  await channel.duplex('/w', METADATA, { onMessage: () => undefined, onEnd: (error) => ends.push(error) });
  await channel.unary('/a', Buffer.of(1), METADATA);
  sessions[0]!.goaway(0, 2 ** 31 - 1);
  while (sessions.length === 1) await channel.unary('/a', Buffer.of(1), METADATA);
  assert.equal(ends.length, 0, 'what goes on there goes on');
  channel.close();
  assert.equal(ends[0]?.code, Code.unavailable);
});

test('Channel.duplex() carries messages both ways until either side ends it', async () => {
  const ends: (string | undefined)[] = [];
  const heard: string[] = [];
  let wake = () => {};
  const handlers = {
    onMessage(message: Buffer) {
      heard.push(String(message));
      wake();
    },
    onEnd(error: GrpcFailure | undefined) {
      ends.push(error?.details);
      wake();
    },
  };
  const echoing = channelToEcho();
  const call = await echoing.duplex('/w', METADATA, handlers);
  const until = async (ready: () => boolean) => {
    while (!ready()) await new Promise<void>((resolve) => (wake = resolve));
  };
  for (const text of ['one', 'x'.repeat(100_000), 'end']) call.send(Buffer.from(text));
  await until(() => ends.length > 0);
  assert.deepEqual(heard, ['one', 'x'.repeat(100_000)]);
  assert.deepEqual(ends, ['over']);
  const closed = await echoing.duplex('/w', METADATA, handlers);
  closed.close();
  echoing.close();
  assert.deepEqual(ends, ['over'], 'whoever closes it hears nothing more');
});

/** Sends every message back at once; "end" ends the stream. */
function channelToEcho(): Channel {
  return new Channel({
    authority: 'a',
    secure: false,
    clock: fakeClock(),
    async dial() {
      const [near, far] = duplexPair();
      const session = performServerHandshake(far);
      session.on('stream', (stream) => {
        stream.on('error', () => undefined);
        if (stream.destroyed) return; // Closed by the client at once.
        stream.respond({ ':status': 200 }, { waitForTrailers: true });
        stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '14', 'grpc-message': 'over' }));
        let bytes = Buffer.alloc(0);
        stream.on('data', (part: Buffer) => {
          bytes = Buffer.concat([bytes, part]);
          while (bytes.length >= 5 && bytes.length >= 5 + bytes.readUInt32BE(1)) {
            const message = bytes.subarray(0, 5 + bytes.readUInt32BE(1));
            bytes = bytes.subarray(message.length);
            if (String(message.subarray(5)) === 'end') stream.end();
            else stream.write(message);
          }
        });
      });
      return near;
    },
  });
}

test('Channel.unary() notices a server that says nothing any more', async () => {
  const clock = fakeClock();
  const [near] = duplexPair();
  const channel = new Channel({ authority: 'a', secure: false, clock, dial: async () => near });
  let ended: GrpcFailure | undefined;
  await channel.duplex('/w', METADATA, { onMessage: () => undefined, onEnd: (error) => (ended = error) });
  await clock.advance(41_000);
  assert.equal(ended?.code, Code.unavailable);
  channel.close();
});
