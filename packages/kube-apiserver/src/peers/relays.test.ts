import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { addAbortSignal, PassThrough } from 'node:stream';
import { test } from 'node:test';
import { fakeClock, silentLogger } from '@steersman/machinery';
import type { HttpRequest, HttpResponse } from '@steersman/server';
import { createPipeline } from '../pipeline/pipeline.ts';
import type { PeerCall } from './adapters/peer-connection.ts';
import { createRelays } from './relays.ts';

const [FIRST, SECOND, THIRD] = ['192.0.2.1:6443', '192.0.2.2:6443', '192.0.2.3:6443'];
const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
const REFUSED = { code: 'ECONNREFUSED', syscall: 'connect', address: '192.0.2.1', port: 6443 };

interface Seen {
  status: number;
  text: string;
  /** How the answer ended. */
  end: 'not' | 'whole' | 'cut';
}

/** A server that passes everything on to two peers, and what its client sees. */
function setUp(
  answerOf: (call: PeerCall) => PassThrough | Promise<PassThrough>,
  headers: Record<string, string> = {},
  found: readonly string[] = [],
) {
  const clock = fakeClock();
  const calls: string[] = [];
  const codes: number[] = [];
  const relays = createRelays({
    clock,
    count: (_, code) => void codes.push(code),
    connections: {
      async call(call) {
        calls.push(call.address);
        const answer = await answerOf(call);
        addAbortSignal(call.signal, answer);
        return Object.assign(answer, { statusCode: 200, headers }) as unknown as IncomingMessage;
      },
      tunnel: () => assert.fail(),
    },
  });
  const stages = [
    (exchange: Parameters<typeof relays.passOn>[0]) =>
      relays.passOn(exchange, [FIRST, SECOND], async () => [SECOND, ...found]),
  ];
  const handler = createPipeline({ stages, clock, log: silentLogger });
  /** Resolves once nothing moves any more. */
  const ask = async (query = '', method = 'GET') => {
    const seen: Seen = { status: 0, text: '', end: 'not' };
    void handler(requestOf(method, query), responseOf(seen));
    await settled();
    return seen;
  };
  return { clock, calls, codes, relays, ask };
}

function requestOf(method: string, query: string): HttpRequest {
  return {
    method,
    path: CONFIG_MAPS,
    query,
    headers: {},
    headerValues: () => [],
    peer: { remoteAddress: '127.0.0.1', scheme: 'process' },
    signal: new AbortController().signal,
    body: async () => new Uint8Array(0),
    async *bodyStream() {},
  };
}

function responseOf(seen: Seen): HttpResponse {
  const finish = (end: Seen['end']) => {
    if (seen.end === 'not') seen.end = end;
  };
  const write = (chunk: Uint8Array) => {
    seen.text += Buffer.from(chunk).toString();
    return true;
  };
  return {
    get started() {
      return seen.status !== 0;
    },
    get status() {
      return seen.status;
    },
    setHeader: () => undefined,
    send(status, _headers, body) {
      seen.status = status;
      if (body !== undefined) write(body);
      finish('whole');
    },
    stream(status) {
      seen.status = status;
      return {
        write,
        unsentBytes: 0,
        drained: async () => undefined,
        get closed() {
          return seen.end !== 'not';
        },
        onClose: () => undefined,
        end: () => finish('whole'),
        destroy: () => finish('cut'),
      };
    },
  };
}

async function settled(): Promise<void> {
  for (let turns = 0; turns < 10; turns++) await new Promise(setImmediate);
}
const answered = (text: string) => new PassThrough().end(text);
/** An answer that goes on. */
function lasting(text: string): PassThrough {
  const answer = new PassThrough();
  answer.write(text);
  return answer;
}
const JSON_TYPE = { 'content-type': 'application/json' };

test('createRelays() asks the next peer when one cannot be reached, and nobody else when it may have seen the request', async () => {
  const { ask, calls, codes } = setUp(({ address }) => {
    if (address === FIRST) throw Object.assign(new Error('refused'), REFUSED);
    return answered('{}');
  });
  assert.deepEqual(await ask('', 'POST'), { status: 200, text: '{}', end: 'whole' });
  assert.deepEqual([calls, codes], [[FIRST, SECOND], [200]]);
  const broken = setUp(() => {
    throw new Error('socket hang up');
  });
  assert.deepEqual(await broken.ask(), { status: 503, text: 'EOF\n', end: 'whole' });
  assert.deepEqual([broken.calls, broken.codes], [[FIRST], [503]]);
});

test('createRelays() says who could not be reached when nobody could', async () => {
  const { ask, codes } = setUp(({ address }) => {
    throw Object.assign(new Error('refused'), REFUSED, { address: address.split(':')[0] });
  });
  const text = 'dial tcp 192.0.2.2:6443: connect: connection refused\n';
  assert.deepEqual(await ask(), { status: 503, text, end: 'whole' });
  assert.deepEqual(codes, [503]);
});

test('createRelays() looks again for peers when none can be reached', async () => {
  const { ask, calls } = setUp(
    ({ address }) => {
      if (address !== THIRD) throw Object.assign(new Error('refused'), REFUSED);
      return answered('{}');
    },
    {},
    [THIRD],
  );
  assert.deepEqual(await ask('', 'POST'), { status: 200, text: '{}', end: 'whole' });
  assert.deepEqual(calls, [FIRST, SECOND, THIRD]);
});

test('createRelays() breaks off for the client what breaks off at the peer', async () => {
  const answer = lasting('{"items":');
  const { ask } = setUp(() => answer);
  const seen = await ask();
  answer.destroy();
  await settled();
  assert.deepEqual(seen, { status: 200, text: '{"items":', end: 'cut' });
});

test('createRelays() ends watches behind their last whole events when the server goes, and lets all else be answered', async () => {
  const answers: PassThrough[] = [];
  const { ask, relays } = setUp(({ path }) => {
    answers.push(lasting(path.includes('idle') ? '{"type":"ADDED"}\n' : '{"type":'));
    return answers.at(-1)!;
  }, JSON_TYPE);
  const [idle, busy, list] = [await ask('watch=true&idle'), await ask('watch=true'), await ask()];
  relays.end();
  await settled();
  assert.deepEqual([idle.end, busy.end, list.end], ['whole', 'not', 'not']);
  for (const answer of answers) answer.write('"BOOKMARK"}\n');
  await settled();
  assert.deepEqual([idle.text, busy.text], ['{"type":"ADDED"}\n', '{"type":"BOOKMARK"}\n']);
  assert.deepEqual([idle.end, busy.end, list.end], ['whole', 'whole', 'not']);
  assert.deepEqual(
    answers.map(({ destroyed }) => destroyed),
    [true, true, false],
  );
});

test('createRelays() gives up what goes to a server that is lost: watches end, and what is half told is cut', async () => {
  const { ask, relays } = setUp(({ path }) => lasting(path.includes('half') ? '{"' : '{"type":"ADDED"}\n'), JSON_TYPE);
  const [watch, half, list] = [await ask('watch=true'), await ask('watch=true&half'), await ask()];
  relays.giveUp(SECOND);
  await settled();
  assert.deepEqual([watch.end, half.end, list.end], ['not', 'not', 'not']);
  relays.giveUp(FIRST);
  await settled();
  assert.deepEqual([watch.end, half.end, list.end], ['whole', 'cut', 'cut']);
});

test('createRelays() answers 504 when a peer says nothing for a minute, but lets watches wait', async () => {
  const { ask, clock, relays, codes } = setUp(
    ({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted')))),
  );
  const [list, watch] = [await ask(), await ask('watch=true')];
  await clock.advance(60_000);
  await settled();
  assert.equal(list.status, 504);
  assert.match(list.text, /"Timeout: request did not complete within the allotted timeout"/);
  assert.equal(watch.status, 0);
  relays.giveUp(FIRST);
  await settled();
  assert.deepEqual(watch, { status: 503, text: 'http2: client connection lost\n', end: 'whole' });
  assert.deepEqual(codes, [504, 503]);
});
