import assert from 'node:assert/strict';
import { type Duplex, duplexPair } from 'node:stream';
import { test } from 'node:test';
import zlib from 'node:zlib';
import { fakeClock } from '@steersman/machinery';
import fc from 'fast-check';
import { StreamsError } from '../errors.ts';
import { SpdyConnection, STREAMS_PER_CONNECTION_MAX } from './connection.ts';
import { SPDY_DICTIONARY } from './dictionary.ts';
import { encodeFrame, type Frame, FrameDecoder } from './frames.ts';
import { HeaderDecoder, HeaderEncoder } from './header-block.ts';

test('FrameDecoder reads the same frames however the bytes are cut', () => {
  const bytes = Buffer.concat([
    encodeFrame.synStream(1, Buffer.from('block'), false),
    encodeFrame.dataHead(1, 5, true),
    Buffer.from('hello'),
    encodeFrame.windowUpdate(1, 70_000),
    encodeFrame.goAway(1, 0),
  ]);
  const read = (pieces: readonly Buffer[]) => {
    const decoder = new FrameDecoder();
    const frames: Frame[] = pieces.flatMap((piece) => [...decoder.push(piece)]);
    const text = frames.map((frame) => (frame.type === 'data' ? frame.data.toString() : '')).join('');
    return { text, others: frames.filter(({ type }) => type !== 'data') };
  };
  const whole = read([bytes]);
  assert.equal(whole.text, 'hello');
  fc.assert(
    fc.property(fc.array(fc.nat(bytes.length), { maxLength: 8 }), (cuts) => {
      const at = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
      assert.deepEqual(read(at.slice(1).map((end, index) => bytes.subarray(at[index], end))), whole);
    }),
  );
});

test('FrameDecoder answers noise with frames or a StreamsError, never with another error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.constantFrom(0, 1, 2, 3, 4, 6, 7, 8, 9, 200), (noise, type) => {
      const frame = Buffer.concat([Buffer.from([0x80, 3, 0, type, 0, 0, 0, noise.length]), noise, noise]);
      try {
        for (const _frame of new FrameDecoder().push(frame));
      } catch (error) {
        assert.ok(error instanceof StreamsError);
      }
    }),
  );
});

test('HeaderDecoder reads what HeaderEncoder wrote, block after block', async () => {
  const encoder = new HeaderEncoder();
  const decoder = new HeaderDecoder();
  for (const headers of [{ streamtype: 'stdin' }, {}, { port: '80', requestid: 'ü' }]) {
    assert.deepEqual({ ...(await decoder.decode(encoder.encode(headers))) }, headers);
  }
  decoder.close();
});

test('HeaderDecoder refuses noise, other dictionaries and blocks that blow up', async () => {
  const squeezed = (bytes: Buffer, dictionary: Buffer) =>
    zlib.deflateSync(bytes, { dictionary, finishFlush: zlib.constants.Z_SYNC_FLUSH });
  const bomb = squeezed(Buffer.alloc(20_000_000), SPDY_DICTIONARY);
  const foreign = squeezed(Buffer.from([0, 0, 0, 0]), Buffer.from('another dictionary'));
  const long = squeezed(Buffer.from([0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff]), SPDY_DICTIONARY);
  for (const block of [bomb, foreign, long, Buffer.from('noise'), Buffer.alloc(0)]) {
    const decoder = new HeaderDecoder();
    await assert.rejects(decoder.decode(block), { code: 'ProtocolViolation' });
    decoder.close();
  }
});

test('SpdyConnection keeps a client to its own stream numbers and to a number of streams', async () => {
  const [near, far] = duplexPair() as [Duplex, Duplex];
  let opened = 0;
  const server = new SpdyConnection({ socket: far, role: 'server', clock: fakeClock(), onStream: () => void opened++ });
  near.resume();
  const encoder = new HeaderEncoder();
  for (let index = 0; index < STREAMS_PER_CONNECTION_MAX + 5; index++) {
    near.write(encodeFrame.synStream(index * 2 + 1, encoder.encode({}), false));
  }
  near.write(encodeFrame.synStream(2, encoder.encode({}), false));
  await server.closed;
  assert.equal(opened, STREAMS_PER_CONNECTION_MAX);
});
