/**
 * A process of its own that writes to the API and records, line by line in a file, every write that was acknowledged:
 * `name value resourceVersion`. It knows nothing of who kills the server; after an error it tries its next write.
 *
 * node recorder.ts KUBECONFIG FILE
 */
import { openSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ConfigMap, isConflict, isNotFound, Resources } from '@steersman/api';
import { createClient, createHttpTransport, loadKubeconfig } from '@steersman/client';

const WRITERS = 16;
const KEYS_PER_WRITER = 5;

const [kubeconfig = '', file = ''] = process.argv.slice(2);
const client = createClient(createHttpTransport(loadKubeconfig(kubeconfig)));
const configMaps = client.resource(Resources.configMaps);
const record = openSync(file, 'a');
let underWay = 0;
let stopping = false;
process.on('SIGTERM', () => {
  stopping = true;
});
// The parent asks how many writes are under way right before it kills, so that a run without any proves nothing unseen.
process.on('message', () => process.send?.(underWay));

async function write(name: string, value: number): Promise<void> {
  const key = { namespace: 'default', name };
  const found = await configMaps.find(key);
  const object: ConfigMap = {
    metadata: { ...key, ...found?.metadata },
    data: { value: String(value), again: String(value) },
  };
  underWay += 1;
  try {
    const written = found === undefined ? await configMaps.create(object) : await configMaps.update(object);
    writeSync(record, `${name} ${value} ${written.metadata.resourceVersion}\n`);
  } finally {
    underWay -= 1;
  }
}

async function writer(id: number): Promise<void> {
  for (let value = 1; !stopping; value += 1) {
    try {
      await write(`recorded-${id}-${value % KEYS_PER_WRITER}`, value);
    } catch (error) {
      // A write whose answer was lost may have happened: the next one then meets a conflict, and reads again.
      if (!isConflict(error) && !isNotFound(error)) await sleep(20);
    }
  }
}

await Promise.all(Array.from({ length: WRITERS }, (_, id) => writer(id)));
process.exit(0);
