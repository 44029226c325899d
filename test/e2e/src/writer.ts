/**
 * A process of its own that writes ConfigMaps one after the other and notes, in a file, each one that the API server has
 * acknowledged. Run with: kubeconfig, file, first number. Ends when its standard input does.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { Resources } from '@steersman/api';
import { createClient, createHttpTransport, loadKubeconfig } from '@steersman/client';

const [kubeconfig = '', file = '', first = '0'] = process.argv.slice(2);
const client = createClient(createHttpTransport(loadKubeconfig(kubeconfig)), { userAgent: 'writer' });
const acknowledged = openSync(file, 'a');
let ended = false;
process.stdin.resume().on('end', () => {
  ended = true;
});

const WRITERS = 8;
let next = Number(first);

async function write(): Promise<void> {
  while (!ended) {
    const name = `written-${next++}`;
    try {
      const metadata = { name, namespace: 'default' };
      await client
        .resource(Resources.configMaps)
        .create({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { name } });
      writeSync(acknowledged, `${name}\n`);
    } catch {
      return; // The server was killed: what is not noted may or may not be there.
    }
  }
}

await Promise.all(Array.from({ length: WRITERS }, write));
closeSync(acknowledged);
process.exit(0);
