/** One watch stream, step by step, on etcd and on the face: the same responses. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startEtcd, withoutEtcd } from '../etcd/test-member/etcd.ts';
import type { Message } from './messages.ts';
import { rawClient, shownMessage } from './test-face/raw-client.ts';
import { startTestFace } from './test-face/start.ts';

const RESPONSES_MS_MAX = 120_000; // Only waited for when one does not come.

/** A request on the stream (or a call of the KV service), and how many responses it brings. */
type Step =
  | { readonly watch: Message; readonly responses: number }
  | { readonly call: string; readonly request: Message; readonly responses: number };

const bytes = (text: string) => Buffer.from(text);
const ALL = { key: bytes('w/'), range_end: bytes('w0') };
const put = (key: string, value: string) => ({ request_put: { key: bytes(key), value: bytes(value) } });

const STEPS: readonly Step[] = [
  { watch: { create_request: ALL }, responses: 1 },
  { call: 'Put', request: { key: bytes('w/1'), value: bytes('one') }, responses: 1 },
  { watch: { create_request: { ...ALL, watch_id: 7, filters: ['NODELETE'] } }, responses: 1 },
  { watch: { create_request: { ...ALL, watch_id: 7 } }, responses: 1 },
  { watch: { create_request: { key: bytes('b'), range_end: bytes('a') } }, responses: 1 },
  { watch: { create_request: { ...ALL, filters: ['NOPUT'], prev_kv: true } }, responses: 1 },
  { call: 'Txn', request: { success: [put('w/3', 'x'), put('w/2', 'y'), put('other', 'z')] }, responses: 2 },
  { call: 'DeleteRange', request: { key: bytes('w/1'), range_end: bytes('w/3') }, responses: 2 },
  { call: 'Put', request: { key: bytes('other'), value: bytes('two') }, responses: 0 },
  { watch: { create_request: { ...ALL, start_revision: 2, prev_kv: true } }, responses: 2 },
  { watch: { create_request: { key: bytes('w/3'), start_revision: 100 } }, responses: 1 },
  { watch: { cancel_request: { watch_id: 7 } }, responses: 1 },
  { watch: { cancel_request: { watch_id: 7 } }, responses: 0 },
  { watch: { cancel_request: { watch_id: 0 } }, responses: 1 },
  { watch: { progress_request: {} }, responses: 1 },
  { call: 'Put', request: { key: bytes('w/3'), value: bytes('last') }, responses: 1 },
  { call: 'Compact', request: { revision: 6, physical: true }, responses: 0 },
  { watch: { create_request: { ...ALL, start_revision: 6, prev_kv: true } }, responses: 2 },
  { watch: { create_request: { ...ALL, start_revision: 2 } }, responses: 2 },
];

/** What the server answered to each step. */
async function played(endpoint: string): Promise<readonly string[]> {
  const client = rawClient(endpoint);
  const stream = client.watchStream();
  const arrived: Message[] = [];
  let wake = () => {};
  stream.on('data', (response: Message) => {
    arrived.push(response);
    wake();
  });
  stream.on('error', () => undefined); // Cancelled at the end.
  const answers: string[] = [];
  for (const step of STEPS) {
    if ('watch' in step) stream.write(step.watch);
    else await client.call('KV', step.call, step.request);
    const deadline = AbortSignal.timeout(RESPONSES_MS_MAX);
    while (arrived.length < step.responses && !deadline.aborted)
      await Promise.race([
        new Promise<void>((resolve) => (wake = resolve)),
        new Promise((resolve) => deadline.addEventListener('abort', resolve, { once: true })),
      ]);
    // Of several watches it does not matter which is told first.
    const shown = arrived.splice(0).toSorted((a, b) => Number(a['watch_id']) - Number(b['watch_id']));
    answers.push(...shown.map(plain));
  }
  stream.cancel();
  client.close();
  return answers;
}

/** One line a response, with bytes as text; etcd gives no revision with a cancellation by compaction. */
function plain(response: Message): string {
  const { header, ...rest } = response as {
    readonly header: { readonly revision: string };
    readonly compact_revision: string;
  };
  const revision = rest.compact_revision === '0' ? header.revision : 'any';
  return shownMessage({ revision, ...rest });
}

test('startEtcdFace() answers on a watch stream as etcd does', { skip: withoutEtcd }, async () => {
  const [etcd, face] = await Promise.all([startEtcd(), startTestFace('lmdb')]);
  try {
    const [expected, actual] = await Promise.all([played(etcd.endpoints[0]!), played(face.endpoint)]);
    assert.equal(
      expected.length,
      STEPS.reduce((sum, { responses }) => sum + responses, 0),
    );
    assert.deepEqual(actual, expected);
  } finally {
    await Promise.all([etcd.stop(), face.stop()]);
  }
});
