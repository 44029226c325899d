/** Parts of volumes, and many volumes at once. */
import { type Container, type Pod, Resources, type Volume } from '@steersman/api';
import { scriptOutput } from '../framework/containers.ts';
import type { ConformanceTest, Trial } from '../framework/contract.ts';
import { expectEqual, expectTrue } from '../framework/expect.ts';
import { untilObjects } from '../framework/wait.ts';
import { isReady } from '../framework/web-pods.ts';
import { configMap, replicaSet, secret, sleeper } from '../objects.ts';

const needs = ['containers'] as const;
const CONTENT = 'mount-tester new file\n';

/** Reads one file of a volume, mounted as a folder of the volume or as the file itself. */
function subPath(volume: Partial<Volume>, expected: string, mountPath = '/test-volume') {
  return async (trial: Trial): Promise<void> => {
    const namespace = await trial.namespace();
    const data = { 'configmap-key': CONTENT };
    await trial.client.resource(Resources.configMaps).create(configMap({ namespace, name: 'source' }, data));
    await trial.client
      .resource(Resources.secrets)
      .create(secret({ namespace, name: 'source' }, { 'secret-key': CONTENT }));
    const keep = { name: 'volume', mountPath: '/whole' };
    const part = mountPath === '/etc/resolv.conf' ? 'folder/file' : 'folder';
    const file = mountPath === '/etc/resolv.conf' ? mountPath : `${mountPath}/file`;
    const output = await scriptOutput(
      trial,
      namespace,
      'reader',
      `cat ${file}; ls ${file.slice(0, file.lastIndexOf('/'))} | wc -l >&2`,
      { volumeMounts: [{ name: 'volume', mountPath, subPath: part }, keep] },
      { volumes: [{ name: 'volume', ...volume }] },
    );
    expectTrue('the content of the part', output.includes(expected), output);
  };
}
const items = (key: string) => [{ key, path: 'folder/file' }];

async function noConflict(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  await trial.client
    .resource(Resources.secrets)
    .create(secret({ namespace, name: 'source' }, { data: 'from-the-secret' }));
  const fromConfig = configMap({ namespace, name: 'source' }, { data: 'from-the-config-map' });
  await trial.client.resource(Resources.configMaps).create(fromConfig);
  const output = await scriptOutput(
    trial,
    namespace,
    'reader',
    'cat /secret/data; echo; cat /config/data',
    {
      volumeMounts: [
        { name: 'secret', mountPath: '/secret', readOnly: true },
        { name: 'config', mountPath: '/config' },
      ],
    },
    {
      volumes: [
        { name: 'secret', secret: { secretName: 'source' } },
        { name: 'config', configMap: { name: 'source' } },
      ],
    },
  );
  expectEqual('both files', output, 'from-the-secret\nfrom-the-config-map');
}

const CONFIG_MAPS = 50;
const REPLICAS = 5;
const ROUNDS = 3;

/** Several pods with fifty volumes each, more than once: all of them get theirs. */
async function noRace(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const configMaps = trial.client.resource(Resources.configMaps);
  const names = Array.from({ length: CONFIG_MAPS }, (_, index) => `racey-${index}`);
  await Promise.all(names.map((name) => configMaps.create(configMap({ namespace, name }, { 'data-1': name }))));
  const volumes = names.map(
    (name): Volume => ({ name, configMap: { name, items: [{ key: 'data-1', path: 'data-1' }] } }),
  );
  const volumeMounts = names.map((name) => ({ name, mountPath: `/etc/${name}` }));
  const container: Container = { ...sleeper(trial.image), volumeMounts };
  for (let round = 0; round < ROUNDS; round += 1) {
    const made = replicaSet({ namespace, name: `round-${round}` }, trial.image, REPLICAS);
    const labels = { app: `round-${round}` };
    const spec = { terminationGracePeriodSeconds: 1, containers: [container], volumes };
    const sets = trial.client.resource(Resources.replicaSets);
    await sets.create({ ...made, spec: { ...made.spec, template: { metadata: { labels }, spec } } });
    const scope = { namespace, labelSelector: `app=round-${round}` };
    const ready = (pods: readonly Pod[]) => pods.length === REPLICAS && pods.every(isReady);
    await untilObjects(trial, Resources.pods, scope, `${REPLICAS} ready pods`, ready, 120_000);
    await sets.delete({ namespace, name: `round-${round}` }, { propagationPolicy: 'Background' });
    await untilObjects(trial, Resources.pods, scope, 'no pods', (pods) => pods.length === 0);
  }
}

const config: Partial<Volume> = { configMap: { name: 'source', items: items('configmap-key') } };
const nameFile = { path: 'folder/file', fieldRef: { fieldPath: 'metadata.name' } };

/** Two entries of upstream's have the first name: a folder of the volume, and a file mounted over an existing one. */
async function fromConfigMap(trial: Trial): Promise<void> {
  await subPath(config, CONTENT)(trial);
  await subPath(config, CONTENT, '/etc/resolv.conf')(trial);
}

const runs: Readonly<Record<string, ConformanceTest['run']>> = {
  'SubPath: Reading content from a configmap volume.': fromConfigMap,
  'SubPath: Reading content from a secret volume.': subPath(
    { secret: { secretName: 'source', items: items('secret-key') } },
    CONTENT,
  ),
  'SubPath: Reading content from a downwardAPI volume.': subPath({ downwardAPI: { items: [nameFile] } }, 'reader'),
  'SubPath: Reading content from a projected volume.': subPath(
    { projected: { sources: [{ configMap: { name: 'source', items: items('configmap-key') } }] } },
    CONTENT,
  ),
  'EmptyDir Wrapper Volume, Secret and ConfigMap volumes, no conflict': noConflict,
  'EmptyDir Wrapper Volume, ConfigMap volumes, no race': noRace,
};

export const subPathTests: readonly ConformanceTest[] = Object.entries(runs).map(([name, run]) => ({
  name,
  needs,
  run,
}));
