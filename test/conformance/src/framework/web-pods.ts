/** Pods that answer HTTP with busybox: who they are, what they were asked, and anything else a small script can do. */
import { type Pod, type PodSpec, Resources } from '@steersman/api';
import { pod } from '../objects.ts';
import type { Trial } from './contract.ts';
import { ConformanceError, show } from './expect.ts';
import { untilObject } from './wait.ts';

export const WEB_PORT = 8080;
/** `/cgi-bin/who` answers with the pod's name and who asks; `/cgi-bin/note?TEXT` writes the text to the log. */
const SERVE = `mkdir -p /srv/cgi-bin
printf '#!/bin/sh\\necho "Content-Type: text/plain"; echo; echo "$(hostname) $REMOTE_ADDR"\\n' > /srv/cgi-bin/who
printf '#!/bin/sh\\necho "Content-Type: text/plain"; echo; echo "note: $QUERY_STRING" > /proc/1/fd/1\\n' > /srv/cgi-bin/note
chmod 755 /srv/cgi-bin/*
exec httpd -f -p ${WEB_PORT} -h /srv`;

export type Labels = Readonly<Record<string, string>>;

/** Creates one and resolves when it is ready. */
export async function webPod(
  trial: Trial,
  namespace: string,
  name: string,
  labels: Labels = {},
  spec: Partial<PodSpec> = {},
): Promise<Pod> {
  const made = pod(
    { namespace, name, labels },
    trial.image,
    {
      command: ['sh', '-c', SERVE],
      ports: [{ name: 'web', containerPort: WEB_PORT }],
      readinessProbe: { tcpSocket: { port: WEB_PORT }, periodSeconds: 1 },
    },
    spec,
  );
  await trial.client.resource(Resources.pods).create(made);
  return untilReady(trial, namespace, name);
}

export const isReady = (found: Pod | undefined): boolean =>
  found?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;

export async function untilReady(trial: Trial, namespace: string, name: string): Promise<Pod> {
  const found = await untilObject(trial, Resources.pods, { namespace, name }, `pod ${name} to be ready`, isReady);
  return found as Pod;
}

/** Creates a pod that sleeps, for `asking`, and resolves when it is ready. */
export async function askingPod(trial: Trial, namespace: string, spec: Partial<PodSpec> = {}): Promise<Pod> {
  await trial.client.resource(Resources.pods).create(pod({ namespace, name: 'asker' }, trial.image, {}, spec));
  return untilReady(trial, namespace, 'asker');
}

const TRIES_MAX = 40;
const TRY_AGAIN_MS = 250;

/** Runs a script in the pod `asker` until its output matches: addresses and names take a moment to spread. */
export async function asking(trial: Trial, namespace: string, script: string, expected: RegExp): Promise<string> {
  let last: unknown;
  for (let attempt = 0; attempt < TRIES_MAX && !trial.signal.aborted; attempt += 1) {
    const answer = await trial.kubectl(namespace).try('exec', 'asker', '--', 'sh', '-c', script);
    if (expected.test(answer.stdout)) return answer.stdout;
    last = answer;
    await new Promise((resolve) => setTimeout(resolve, TRY_AGAIN_MS));
  }
  throw new ConformanceError(`${script}: expected ${expected}, got ${show(last)}`);
}

/** What `/cgi-bin/who` says at this host and port. */
export const whoAt = (host: string, port: number): string => `wget -q -O - http://${host}:${port}/cgi-bin/who`;
