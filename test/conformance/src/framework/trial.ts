/** Gives a test what it needs, runs it, and takes away what it made. */
import { Resources } from '@steersman/api';
import { loadKubeconfig } from '@steersman/client';
import type { ConformanceTest, Trial } from './contract.ts';
import type { Environment } from './environment.ts';
import { ConformanceError } from './expect.ts';
import { kubectlOf } from './kubectl.ts';
import { untilObject } from './wait.ts';
import { readWebSocket } from './web-socket.ts';

/** Longer than any wait inside a test; a test that needs more hangs. */
const TEST_MS = 300_000;
const SLOW_TEST_MS = 1_800_000;

/** Why a test cannot run in this environment; undefined when it can. */
export function skipReason(test: ConformanceTest, { missing }: Environment): string | undefined {
  return test.needs?.map((need) => missing.get(need)).find((reason) => reason !== undefined);
}

/**
 * Runs one test and cleans up behind it. Rejects with the test's failure. Trouble with cleaning up is told to
 * `complain`, because it does not change whether the cluster conforms.
 */
export async function runTrial(
  test: ConformanceTest,
  environment: Environment,
  complain: (problem: string) => void = () => {},
): Promise<void> {
  const undos: (() => Promise<unknown>)[] = [];
  const trial = trialOf(test, environment, undos);
  try {
    await Promise.race([test.run(trial), endOf(trial, test)]);
  } finally {
    for (const undo of undos.reverse()) {
      await undo().catch((error: unknown) => complain(`${test.name}: cleaning up: ${String(error)}`));
    }
  }
}

/** Rejects when the test has taken too long, for whatever in it does not heed the signal. */
function endOf({ signal }: Trial, { name }: ConformanceTest): Promise<never> {
  const ended = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(new ConformanceError(`expected ${name} to end in time, it did not`)));
  });
  ended.catch(() => {}); // Of interest only to the race.
  return ended;
}

function trialOf(test: ConformanceTest, environment: Environment, undos: (() => Promise<unknown>)[]): Trial {
  const { client, kubeconfig, cacheFolder, image } = environment;
  const namespaces = client.resource(Resources.namespaces);
  const limitMs = test.needs?.includes('slow') ? SLOW_TEST_MS : TEST_MS;
  const trial: Trial = {
    client,
    image,
    signal: AbortSignal.timeout(limitMs),
    webSocket: (path, protocol) => readWebSocket(loadKubeconfig(kubeconfig), path, protocol, trial.signal),
    cleanup: (undo) => void undos.push(undo),
    kubectl(namespace = 'default') {
      const program = environment.kubectl;
      if (program === undefined) throw new ConformanceError(`${test.name} uses kubectl without declaring the need`);
      return kubectlOf({ program, kubeconfig, cacheFolder, namespace });
    },
    async namespace() {
      const made = await namespaces.create({ metadata: { generateName: 'conformance-' }, spec: {} });
      const name = made.metadata.name ?? '';
      undos.push(async () => {
        if ((await namespaces.find({ name })) !== undefined) await namespaces.delete({ name });
      });
      await untilObject(
        trial,
        Resources.serviceAccounts,
        { namespace: name, name: 'default' },
        'the default service account',
        (account) => account !== undefined,
      );
      return name;
    },
  };
  return trial;
}
