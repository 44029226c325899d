/** npm's @kubernetes/client-node, one test for each check of the program in node/. */
import { fileURLToPath } from 'node:url';
import { checkSuites, findNodeClient, isMissing } from './src/index.ts';

const SCRIPT = fileURLToPath(new URL('node/checks.mjs', import.meta.url));
const client = findNodeClient();

checkSuites(
  'the Node client library',
  isMissing(client)
    ? client
    : { program: process.execPath, environment: {}, list: [SCRIPT], perform: [SCRIPT, client.folder] },
);
