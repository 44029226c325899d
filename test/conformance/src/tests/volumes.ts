/** ConfigMaps and Secrets as files: contents, paths, modes, owners, updates. */
import { type KeyToPath, type Pod, type PodSecurityContext, Resources, type Volume } from '@steersman/api';
import { scriptOutput, untilLog } from '../framework/containers.ts';
import type { ConformanceTest, Trial } from '../framework/contract.ts';
import { expectEqual } from '../framework/expect.ts';
import { untilObject } from '../framework/wait.ts';
import { configMap, secret } from '../objects.ts';

const needs = ['containers'] as const;
const VALUES = { 'data-1': 'value-1', 'data-2': 'value-2', 'data-3': 'value-3' };
const FOLDER = '/etc/volume';

type Source = 'configMap' | 'secret';
interface Case {
  readonly source: Source;
  readonly items?: readonly KeyToPath[];
  readonly defaultMode?: number;
  readonly security?: PodSecurityContext;
  /** The file to look at, and its mode as `stat` prints it. */
  readonly file?: string;
  readonly mode: string;
}

function volume(
  source: Source,
  name: string,
  objectName: string,
  rest: Pick<Case, 'items' | 'defaultMode'> & { optional?: boolean } = {},
): Volume {
  const { items, defaultMode, optional } = rest;
  const common = {
    ...(items === undefined ? {} : { items }),
    ...(defaultMode === undefined ? {} : { defaultMode }),
    ...(optional === undefined ? {} : { optional }),
  };
  return source === 'configMap'
    ? { name, configMap: { name: objectName, ...common } }
    : { name, secret: { secretName: objectName, ...common } };
}

async function createSource(
  trial: Trial,
  source: Source,
  namespace: string,
  name: string,
  values: Readonly<Record<string, string>> = VALUES,
) {
  if (source === 'configMap')
    await trial.client.resource(Resources.configMaps).create(configMap({ namespace, name }, values));
  else await trial.client.resource(Resources.secrets).create(secret({ namespace, name }, values));
}

const LOOK = (file: string) => `stat -L -c %A ${FOLDER}/${file}; cat ${FOLDER}/${file}`;

function mounted({ source, items, defaultMode, security, file = 'data-1', mode }: Case) {
  return async (trial: Trial): Promise<void> => {
    const namespace = await trial.namespace();
    await createSource(trial, source, namespace, 'source');
    const options = { ...(items && { items }), ...(defaultMode !== undefined && { defaultMode }) };
    const output = await scriptOutput(
      trial,
      namespace,
      'reader',
      LOOK(file),
      { volumeMounts: [{ name: 'volume', mountPath: FOLDER, readOnly: true }] },
      { volumes: [volume(source, 'volume', 'source', options)], ...(security && { securityContext: security }) },
    );
    const key = items?.find(({ path }) => path === file)?.key ?? 'data-1';
    expectEqual('mode and content', output, `${mode}\n${VALUES[key as keyof typeof VALUES]}`);
  };
}

function twoMounts(source: Source) {
  return async (trial: Trial): Promise<void> => {
    const namespace = await trial.namespace();
    await createSource(trial, source, namespace, 'source');
    const names = ['one', 'two'];
    const output = await scriptOutput(
      trial,
      namespace,
      'reader',
      names.map((name) => `cat /etc/${name}/data-1; echo`).join(';'),
      { volumeMounts: names.map((name) => ({ name, mountPath: `/etc/${name}`, readOnly: true })) },
      { volumes: names.map((name) => volume(source, name, 'source')) },
    );
    expectEqual('the contents of both mounts', output, 'value-1\nvalue-1\n');
  };
}

async function otherNamespace(trial: Trial): Promise<void> {
  const [namespace, other] = [await trial.namespace(), await trial.namespace()];
  await createSource(trial, 'secret', other, 'source', { 'data-1': 'of the other namespace' });
  await createSource(trial, 'secret', namespace, 'source');
  const output = await scriptOutput(
    trial,
    namespace,
    'reader',
    LOOK('data-1'),
    { volumeMounts: [{ name: 'volume', mountPath: FOLDER }] },
    { volumes: [volume('secret', 'volume', 'source')] },
  );
  expectEqual('mode and content', output, '-rw-r--r--\nvalue-1');
}

async function binaryData(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const made = configMap({ namespace, name: 'source' }, VALUES);
  const binary = Buffer.from([0xde, 0xca, 0xfe, 0xba, 0xd0, 0xfe, 0xff]);
  await trial.client
    .resource(Resources.configMaps)
    .create({ ...made, binaryData: { 'dump.bin': binary.toString('base64') } });
  const output = await scriptOutput(
    trial,
    namespace,
    'reader',
    `cat ${FOLDER}/data-1; echo; hexdump -v -e '1/1 "%02x"' ${FOLDER}/dump.bin`,
    { volumeMounts: [{ name: 'volume', mountPath: FOLDER }] },
    { volumes: [volume('configMap', 'volume', 'source')] },
  );
  expectEqual('text and binary content', output, `value-1\n${binary.toString('hex')}`);
}

const WATCH_FILES = (folder: string, file: string) =>
  `trap "exit 0" TERM; while true; do if [ -e ${folder}/${file} ]; then echo "$(cat ${folder}/${file})"; else echo absent; fi; sleep 1; done`;

/** A pod with one container per volume, each printing its file once a second. */
async function watcherPod(
  trial: Trial,
  namespace: string,
  source: Source,
  files: Readonly<Record<string, string>>,
): Promise<Pod> {
  const names = Object.keys(files);
  const made: Pod = {
    metadata: { namespace, name: 'watcher' },
    spec: {
      terminationGracePeriodSeconds: 1,
      volumes: names.map((name) => volume(source, name, name, { optional: true })),
      containers: Object.entries(files).map(([name, file]) => ({
        name,
        image: trial.image,
        command: ['sh', '-c', WATCH_FILES(`/etc/${name}`, file)],
        volumeMounts: [{ name, mountPath: `/etc/${name}`, readOnly: true }],
      })),
    },
  };
  const created = await trial.client.resource(Resources.pods).create(made);
  const key = { namespace, name: 'watcher' };
  await untilObject(trial, Resources.pods, key, 'the pod to run', (found) => found?.status?.phase === 'Running');
  return created;
}

function patchData(trial: Trial, source: Source, namespace: string, name: string, key: string, value: string) {
  const body = { data: { [key]: source === 'secret' ? btoa(value) : value } };
  const patch = { type: 'merge', body } as const;
  return source === 'secret'
    ? trial.client.resource(Resources.secrets).patch({ namespace, name }, patch)
    : trial.client.resource(Resources.configMaps).patch({ namespace, name }, patch);
}

async function updated(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  await createSource(trial, 'configMap', namespace, 'updated');
  const found = await watcherPod(trial, namespace, 'configMap', { updated: 'data-1' });
  await untilLog(trial, found, 'updated', /^value-1$/m);
  await patchData(trial, 'configMap', namespace, 'updated', 'data-1', 'value-2');
  await untilLog(trial, found, 'updated', /^value-2$/m);
}

function optionalUpdates(source: Source) {
  return async (trial: Trial): Promise<void> => {
    const namespace = await trial.namespace();
    await createSource(trial, source, namespace, 'deleted');
    await createSource(trial, source, namespace, 'updated');
    const found = await watcherPod(trial, namespace, source, {
      created: 'data-1',
      updated: 'data-3',
      deleted: 'data-1',
    });
    await untilLog(trial, found, 'created', /^absent$/m);
    await untilLog(trial, found, 'deleted', /^value-1$/m);
    const type = source === 'secret' ? Resources.secrets : Resources.configMaps;
    await trial.client.resource<Pod>(type as never).delete({ namespace, name: 'deleted' });
    await patchData(trial, source, namespace, 'updated', 'data-3', 'value-3-new');
    await createSource(trial, source, namespace, 'created');
    await untilLog(trial, found, 'created', /^value-1$/m);
    await untilLog(trial, found, 'updated', /^value-3-new$/m);
    await untilLog(trial, found, 'deleted', /^absent$/m);
  };
}

const MAPPED: readonly KeyToPath[] = [{ key: 'data-2', path: 'path/to/data-2' }];
const withMode = (mode: number): readonly KeyToPath[] => MAPPED.map((item) => ({ ...item, mode }));
const file = 'path/to/data-2';
const nonRoot: PodSecurityContext = { runAsUser: 1000 };
const [plain, readOnly] = ['-rw-r--r--', '-r--------'];

function cases(source: Source, entries: Readonly<Record<string, Omit<Case, 'source'>>>): readonly ConformanceTest[] {
  return Object.entries(entries).map(([name, entry]) => ({ name, needs, run: mounted({ source, ...entry }) }));
}

export const volumeTests: readonly ConformanceTest[] = [
  ...cases('configMap', {
    'ConfigMap Volume, without mapping': { mode: plain },
    'ConfigMap Volume, without mapping, volume mode set': { mode: readOnly, defaultMode: 0o400 },
    'ConfigMap Volume, without mapping, non-root user': { mode: plain, security: nonRoot },
    'ConfigMap Volume, with mapping': { mode: plain, items: MAPPED, file },
    'ConfigMap Volume, with mapping, volume mode set': { mode: readOnly, items: withMode(0o400), file },
    'ConfigMap Volume, with mapping, non-root user': { mode: plain, items: MAPPED, file, security: nonRoot },
  }),
  { name: 'ConfigMap Volume, multiple volume maps', needs, run: twoMounts('configMap') },
  { name: 'ConfigMap Volume, text data, binary data', needs, run: binaryData },
  { name: 'ConfigMap Volume, update', needs, run: updated },
  { name: 'ConfigMap Volume, create, update and delete', needs, run: optionalUpdates('configMap') },
  ...cases('secret', {
    'Secrets Volume, default': { mode: plain },
    'Secrets Volume, volume mode 0400': { mode: readOnly, defaultMode: 0o400 },
    'Secrets Volume, volume mode 0440, fsGroup 1001 and uid 1000': {
      mode: '-r--r-----',
      defaultMode: 0o440,
      security: { fsGroup: 1001, runAsUser: 1000 },
    },
    'Secrets Volume, mapping': { mode: plain, items: MAPPED, file },
    'Secrets Volume, mapping, volume mode 0400': { mode: readOnly, items: withMode(0o400), file },
  }),
  { name: 'Secrets Volume, mapping multiple volume paths', needs, run: twoMounts('secret') },
  {
    name: 'Secrets Volume, volume mode default, secret with same name in different namespace',
    needs,
    run: otherNamespace,
  },
  { name: 'Secrets Volume, create, update and delete', needs, run: optionalUpdates('secret') },
];
