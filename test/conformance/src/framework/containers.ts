/** Pods whose containers really run: what they print, and what their files hold. */
import { type Container, type Pod, type PodSpec, Resources } from '@steersman/api';
import { pod } from '../objects.ts';
import type { Trial } from './contract.ts';
import { ConformanceError, show } from './expect.ts';
import { raw, rawExpecting } from './raw.ts';
import { untilObject } from './wait.ts';

/** Kubelets refresh mounted ConfigMaps and Secrets every minute or so. */
const REFRESH_MS = 180_000;
const LOG_POLL_MS = 500;

/** Runs a shell script in a pod to its end and resolves with what it printed; fails unless it succeeds. */
export async function scriptOutput(
  trial: Trial,
  namespace: string,
  name: string,
  script: string,
  container: Partial<Container> = {},
  spec: Partial<PodSpec> = {},
): Promise<string> {
  const made = pod(
    { namespace, name },
    trial.image,
    { command: ['sh', '-c', script], ...container },
    { restartPolicy: 'Never', ...spec },
  );
  await trial.client.resource(Resources.pods).create(made);
  const ended = await untilObject(trial, Resources.pods, { namespace, name }, `pod ${name} to end`, (found) =>
    ['Succeeded', 'Failed'].includes(found?.status?.phase ?? ''),
  );
  const output = await logOf(trial, namespace, name);
  if (ended?.status?.phase === 'Succeeded') return output;
  throw new ConformanceError(
    `expected pod ${name} to succeed, got ${show(ended?.status)} and the output ${show(output)}`,
  );
}

/** The log of a pod's container. */
export async function logOf(trial: Trial, namespace: string, name: string, container = ''): Promise<string> {
  const query = container === '' ? '' : `?container=${container}`;
  return (await rawExpecting(trial, 200, `/api/v1/namespaces/${namespace}/pods/${name}/log${query}`, { accept: '*/*' }))
    .text;
}

/** Waits until a pod's log matches. Logs cannot be watched like objects, so this asks again and again. */
export async function untilLog(trial: Trial, found: Pod, container: string, pattern: RegExp): Promise<void> {
  const { namespace = '', name = '' } = found.metadata;
  const path = `/api/v1/namespaces/${namespace}/pods/${name}/log?container=${container}&tailLines=5`;
  const end = performance.now() + REFRESH_MS;
  let last = '';
  while (performance.now() < end) {
    last = (await raw(trial, path, { accept: '*/*' })).text;
    if (pattern.test(last)) return;
    await new Promise((resolve) => setTimeout(resolve, LOG_POLL_MS));
  }
  throw new ConformanceError(`expected the log of ${name}/${container} to match ${pattern}, got ${show(last)}`);
}
