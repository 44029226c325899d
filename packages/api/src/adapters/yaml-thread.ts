/** The other side of `readYamlAside`: reads one document at a time and says what came of it. */
import { parentPort } from 'node:worker_threads';
import { readYaml, YamlError } from '../yaml/yaml.ts';

parentPort?.on('message', (text: string) => {
  try {
    parentPort?.postMessage({ reading: readYaml(text) });
  } catch (error) {
    parentPort?.postMessage({
      problem: error instanceof YamlError ? error.message : 'yaml: the document cannot be read',
    });
  }
});
