/** Lists in chunks. */
import { nameOf, Resources } from '@steersman/api';
import type { ObjectList } from '@steersman/client';
import type { ConformanceTest, Trial } from '../framework/contract.ts';
import { expectEqual, expectRefused, expectTrue, fail, present } from '../framework/expect.ts';
import { sleeper } from '../objects.ts';

const TEMPLATES = 120;
const LIMIT = 17;

async function makeTemplates(trial: Trial): Promise<string> {
  const namespace = await trial.namespace();
  const templates = trial.client.resource(Resources.podTemplates);
  const template = { spec: { containers: [sleeper(trial.image)] } };
  const names = Array.from({ length: TEMPLATES }, (_, index) => `template-${String(index).padStart(4, '0')}`);
  await Promise.all(names.map((name) => templates.create({ metadata: { namespace, name }, template })));
  return namespace;
}

async function chunks(trial: Trial): Promise<void> {
  const namespace = await makeTemplates(trial);
  const templates = trial.client.resource(Resources.podTemplates);
  const found: string[] = [];
  let version: string | undefined;
  let page: ObjectList<object> | undefined;
  do {
    const options = { namespace, limit: LIMIT, ...(page?.continue === undefined ? {} : { continue: page.continue }) };
    const next = await templates.list(options);
    expectTrue('a chunk is at most as long as the limit', next.items.length <= LIMIT, next.items.length);
    found.push(...next.items.map(nameOf));
    version ??= next.resourceVersion;
    expectEqual('the resourceVersion of every chunk', next.resourceVersion, version);
    if (next.continue !== undefined && next.remainingItemCount !== undefined) {
      expectEqual('remainingItemCount', next.remainingItemCount, TEMPLATES - found.length);
    }
    // A list of a snapshot: what is made meanwhile does not appear.
    if (page === undefined) {
      const template = { spec: { containers: [sleeper(trial.image)] } };
      await templates.create({ metadata: { namespace, name: 'template-9999' }, template });
    }
    page = next;
  } while (page.continue !== undefined);
  expectEqual('names in order, each once', found, found.toSorted());
  expectEqual('how many were listed in chunks', new Set(found).size, TEMPLATES);
  const whole = await templates.list({ namespace });
  expectEqual('how many are listed at once', whole.items.length, TEMPLATES + 1);
  expectEqual('no continue token when all were listed', whole.continue, undefined);
}

/** The server compacts its history every few minutes. */
const COMPACTION_POLLS_MAX = 90;
const COMPACTION_POLL_MS = 20_000;

async function compacted(trial: Trial): Promise<void> {
  const namespace = await makeTemplates(trial);
  const templates = trial.client.resource(Resources.podTemplates);
  const first = await templates.list({ namespace, limit: LIMIT });
  const token = present('a continue token', first.continue);
  let fresh: string | undefined;
  for (let poll = 0; poll < COMPACTION_POLLS_MAX && fresh === undefined; poll += 1) {
    await trial.client.json('GET', '/version'); // Keeps the connection.
    await new Promise((resolve) => setTimeout(resolve, COMPACTION_POLL_MS));
    try {
      await templates.list({ namespace, limit: LIMIT, continue: token });
    } catch {
      const status = await expectRefused(
        'a token of a version that is gone',
        templates.list({ namespace, limit: LIMIT, continue: token }),
        { code: 410, reason: 'Expired' },
      );
      fresh = present('a token to go on with', (status.metadata as { continue?: string } | undefined)?.continue);
    }
  }
  if (fresh === undefined) fail('the continue token', 'to expire within 30 minutes', 'it still works');
  const rest: string[] = [];
  let version: string | undefined;
  for (let next: string | undefined = fresh; next !== undefined; ) {
    const page: ObjectList<{ readonly metadata: { readonly name?: string | undefined } }> = await templates.list({
      namespace,
      limit: LIMIT,
      continue: next,
    });
    version ??= page.resourceVersion;
    expectEqual('the resourceVersion of the inconsistent rest', page.resourceVersion, version);
    rest.push(...page.items.map((item) => item.metadata.name ?? ''));
    next = page.continue;
  }
  expectEqual('first chunk and rest together', first.items.length + rest.length, TEMPLATES);
}

export const chunkingTests: readonly ConformanceTest[] = [
  { name: 'API Chunking, server should return chunks of results for list calls', run: chunks },
  {
    name: 'API Chunking, server should support continue listing from the last key even if the original version has been compacted away',
    needs: ['slow'],
    run: compacted,
  },
];
