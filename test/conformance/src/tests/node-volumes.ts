/** emptyDir, downward API and projected volumes inside containers: modes, contents, sharing and updates. */
import {
  type DownwardAPIVolumeFile,
  type Pod,
  type PodSecurityContext,
  Resources,
  type Volume,
  type VolumeProjection,
} from '@steersman/api';
import { scriptOutput, untilLog } from '../framework/containers.ts';
import type { ConformanceTest, Trial } from '../framework/contract.ts';
import { expectEqual, expectMatch, expectTrue } from '../framework/expect.ts';
import { untilObject } from '../framework/wait.ts';
import { configMap, pod, secret } from '../objects.ts';

const needs = ['containers'] as const;
const FOLDER = '/test-volume';
const NON_ROOT: PodSecurityContext = { runAsUser: 1001 };
const READ = { volumeMounts: [{ name: 'volume', mountPath: FOLDER }] };

function emptyDir(medium: '' | 'Memory', mode: string | undefined, securities: readonly PodSecurityContext[]) {
  return async (trial: Trial): Promise<void> => {
    const namespace = await trial.namespace();
    for (const [index, securityContext] of securities.entries()) {
      const write = `echo content > ${FOLDER}/file && chmod ${mode} ${FOLDER}/file && stat -c %a ${FOLDER}/file && cat ${FOLDER}/file`;
      const script = mode === undefined ? '' : ` && ${write}`;
      const output = await scriptOutput(
        trial,
        namespace,
        `writer-${index}`,
        `stat -c %A ${FOLDER} | cut -c 2-9; grep -c "^tmpfs ${FOLDER} tmpfs" /proc/mounts; true${script}`,
        READ,
        { volumes: [{ name: 'volume', emptyDir: medium === '' ? {} : { medium } }], securityContext },
      );
      const file = mode === undefined ? '' : `${mode}\ncontent\n`;
      expectEqual('modes, tmpfs and content', output, `rwxrwxrw\n${medium === 'Memory' ? 1 : 0}\n${file}`);
    }
  };
}

async function sharedEmptyDir(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const output = await scriptOutput(
    trial,
    namespace,
    'sharer',
    `until [ -e ${FOLDER}/hello ]; do sleep 1; done; cat ${FOLDER}/hello`,
    READ,
    {
      volumes: [{ name: 'volume', emptyDir: {} }],
      initContainers: [
        {
          name: 'writer',
          image: trial.image,
          restartPolicy: 'Always',
          command: ['sh', '-c', `echo hello > ${FOLDER}/hello; trap "exit 0" TERM; while true; do sleep 1; done`],
          ...READ,
        },
      ],
    },
  );
  expectEqual('what the other container wrote', output, 'hello\n');
}

type Downward = 'downwardAPI' | 'projected';
const RESOURCES = { limits: { cpu: '1250m', memory: '64Mi' }, requests: { cpu: '250m', memory: '32Mi' } };

function downwardVolume(kind: Downward, items: readonly DownwardAPIVolumeFile[], defaultMode?: number): Volume {
  const mode = defaultMode === undefined ? {} : { defaultMode };
  return kind === 'projected'
    ? { name: 'volume', projected: { sources: [{ downwardAPI: { items } }], ...mode } }
    : { name: 'volume', downwardAPI: { items, ...mode } };
}

const resourceFile = (resource: string, divisor = '1'): DownwardAPIVolumeFile => ({
  path: 'value',
  resourceFieldRef: { containerName: 'main', resource, divisor },
});
const NAME_FILE: DownwardAPIVolumeFile = { path: 'value', fieldRef: { fieldPath: 'metadata.name' } };

function resource(kind: Downward, name: string, expected: string | RegExp, limited = true, divisor?: string) {
  return async (trial: Trial): Promise<void> => {
    const namespace = await trial.namespace();
    const output = await scriptOutput(
      trial,
      namespace,
      'reader',
      `cat ${FOLDER}/value`,
      { ...READ, ...(limited && { resources: RESOURCES }) },
      { volumes: [downwardVolume(kind, [resourceFile(name, divisor)])] },
    );
    expectMatch(name, output, expected instanceof RegExp ? expected : new RegExp(`^${expected}$`));
  };
}

function podName(kind: Downward, look: string, expected: string, items = [NAME_FILE], defaultMode?: number) {
  return async (trial: Trial): Promise<void> => {
    const namespace = await trial.namespace();
    const volumes = [downwardVolume(kind, items, defaultMode)];
    expectEqual('the file', await scriptOutput(trial, namespace, 'reader', look, READ, { volumes }), expected);
  };
}
const MODE = `stat -L -c %A ${FOLDER}/value`;

function metadataUpdate(kind: Downward, field: 'labels' | 'annotations') {
  return async (trial: Trial): Promise<void> => {
    const namespace = await trial.namespace();
    const script = `trap "exit 0" TERM; while true; do cat ${FOLDER}/value; echo; sleep 1; done`;
    const made = pod(
      { namespace, name: 'reader' },
      trial.image,
      { command: ['sh', '-c', script], ...READ },
      { volumes: [downwardVolume(kind, [{ path: 'value', fieldRef: { fieldPath: `metadata.${field}` } }])] },
    );
    const created = await trial.client
      .resource(Resources.pods)
      .create({ ...made, metadata: { ...made.metadata, [field]: { key: 'one' } } });
    const key = { namespace, name: 'reader' };
    await untilObject(trial, Resources.pods, key, 'the pod to run', (found) => found?.status?.phase === 'Running');
    await untilLog(trial, created, 'main', /^key="one"$/m);
    const body = { metadata: { [field]: { key: 'two' } } };
    await trial.client.resource(Resources.pods).patch(key, { type: 'merge', body });
    await untilLog(trial, created, 'main', /^key="two"$/m);
  };
}

/** The tests that downward API volumes and projected ones share, by what upstream calls them. */
function downwardTests(kind: Downward, name: (what: string) => string): readonly ConformanceTest[] {
  const [annotations, labels, cpu, memory] =
    kind === 'projected'
      ? ['update annotation', 'update labels', 'CPU limit, node allocatable', 'memory limit, node allocatable']
      : [
          'update annotations',
          'update label',
          'CPU limit, default node allocatable',
          'memory limit, default node allocatable',
        ];
  const entries: Readonly<Record<string, ConformanceTest['run']>> = {
    'CPU limits': resource(kind, 'limits.cpu', '2'),
    'CPU request': resource(kind, 'requests.cpu', '250', true, '1m'),
    'memory limits': resource(kind, 'limits.memory', '67108864'),
    'memory request': resource(kind, 'requests.memory', '32', true, '1Mi'),
    [cpu]: resource(kind, 'limits.cpu', /^[1-9]\d*$/, false),
    [memory]: resource(kind, 'limits.memory', /^[1-9]\d*$/, false),
    'pod name': podName(kind, `cat ${FOLDER}/value`, 'reader'),
    [annotations]: metadataUpdate(kind, 'annotations'),
    [labels]: metadataUpdate(kind, 'labels'),
  };
  return Object.entries(entries).map(([what, run]) => ({ name: name(what), needs, run }));
}

const withDefault = podName('downwardAPI', MODE, '-r--------\n', [NAME_FILE], 0o400);
const withItem = podName('downwardAPI', MODE, '-r--------\n', [{ ...NAME_FILE, mode: 0o400 }]);

async function projectedModes(trial: Trial): Promise<void> {
  await podName('projected', MODE, '-r--------\n', [NAME_FILE], 0o400)(trial);
  await podName('projected', MODE, '-r--------\n', [{ ...NAME_FILE, mode: 0o400 }])(trial);
}

type Source = 'configMap' | 'secret';
interface Projected {
  readonly source: Source;
  readonly expected: string;
  readonly items?: readonly { readonly key: string; readonly path: string; readonly mode?: number }[];
  readonly defaultMode?: number;
  readonly security?: PodSecurityContext;
}

async function createSource(trial: Trial, source: Source, namespace: string, name: string, value: string) {
  const data = { 'data-1': value };
  if (source === 'secret') await trial.client.resource(Resources.secrets).create(secret({ namespace, name }, data));
  else await trial.client.resource(Resources.configMaps).create(configMap({ namespace, name }, data));
}

const projection = (source: Source, options: object = {}, name = 'source'): VolumeProjection =>
  source === 'secret' ? { secret: { name, ...options } } : { configMap: { name, ...options } };

function projected({ source, expected, items, defaultMode, security }: Projected) {
  return async (trial: Trial): Promise<void> => {
    const namespace = await trial.namespace();
    await createSource(trial, source, namespace, 'source', 'value-1');
    const file = `${FOLDER}/${items?.[0]?.path ?? 'data-1'}`;
    const sources = [projection(source, items && { items })];
    const output = await scriptOutput(trial, namespace, 'reader', `stat -L -c %A ${file}; cat ${file}`, READ, {
      volumes: [{ name: 'volume', projected: { sources, ...(defaultMode !== undefined && { defaultMode }) } }],
      ...(security && { securityContext: security }),
    });
    expectEqual('mode and content', output, `${expected}\nvalue-1`);
  };
}

function twoProjections(source: Source) {
  return async (trial: Trial): Promise<void> => {
    const namespace = await trial.namespace();
    await createSource(trial, source, namespace, 'source', 'value-1');
    const names = ['one', 'two'];
    const output = await scriptOutput(
      trial,
      namespace,
      'reader',
      names.map((name) => `cat /${name}/data-1`).join(';'),
      { volumeMounts: names.map((name) => ({ name, mountPath: `/${name}` })) },
      { volumes: names.map((name) => ({ name, projected: { sources: [projection(source)] } })) },
    );
    expectEqual('the contents of both mounts', output, 'value-1value-1');
  };
}

async function combined(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  await createSource(trial, 'configMap', namespace, 'source', 'from-the-config-map');
  await createSource(trial, 'secret', namespace, 'source', 'from-the-secret');
  const sources: readonly VolumeProjection[] = [
    projection('configMap', { items: [{ key: 'data-1', path: 'config' }] }),
    projection('secret', { items: [{ key: 'data-1', path: 'secret' }] }),
    { downwardAPI: { items: [{ path: 'name', fieldRef: { fieldPath: 'metadata.name' } }] } },
  ];
  const script = `cd ${FOLDER}; cat config; echo; cat secret; echo; cat name`;
  const volumes = [{ name: 'volume', projected: { sources } }];
  const output = await scriptOutput(trial, namespace, 'reader', script, READ, { volumes });
  expectEqual('the files', output, 'from-the-config-map\nfrom-the-secret\nreader');
}

const LOOK_AGAIN =
  'trap "exit 0" TERM; while true; do for i in created updated deleted; do echo $i $(cat /$i/data-1 2>/dev/null); done; sleep 1; done';

/** The sources of one pod come, change and go; what it sees follows. */
function sourcesChange(source: Source, names: readonly string[]) {
  return async (trial: Trial): Promise<void> => {
    const namespace = await trial.namespace();
    for (const name of names.filter((each) => each !== 'created'))
      await createSource(trial, source, namespace, name, 'value-1');
    const made: Pod = pod(
      { namespace, name: 'reader' },
      trial.image,
      {
        command: ['sh', '-c', LOOK_AGAIN],
        volumeMounts: names.map((name) => ({ name, mountPath: `/${name}` })),
      },
      {
        volumes: names.map((name) => ({
          name,
          projected: { sources: [projection(source, { optional: true }, name)] },
        })),
      },
    );
    const created = await trial.client.resource(Resources.pods).create(made);
    const key = { namespace, name: 'reader' };
    await untilObject(trial, Resources.pods, key, 'the pod to run', (found) => found?.status?.phase === 'Running');
    await untilLog(trial, created, 'main', /^updated value-1$/m);
    const value = source === 'secret' ? btoa('value-2') : 'value-2';
    const type = source === 'secret' ? Resources.secrets : Resources.configMaps;
    const sources = trial.client.resource<Pod>(type as never);
    await sources.patch({ namespace, name: 'updated' }, { type: 'merge', body: { data: { 'data-1': value } } });
    await untilLog(trial, created, 'main', /^updated value-2$/m);
    if (!names.includes('deleted')) return;
    await sources.delete({ namespace, name: 'deleted' });
    await createSource(trial, source, namespace, 'created', 'value-3');
    await untilLog(trial, created, 'main', /^created value-3$/m);
    await untilLog(trial, created, 'main', /^deleted *$/m);
  };
}

/** Files of a volume with subPath are those of the moment of the start; the token is readable with fsGroup. */
async function tokenModes(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const look = 'stat -L -c %a:%g /var/run/secrets/kubernetes.io/serviceaccount/token';
  const security = { runAsUser: 1000, fsGroup: 10_001 };
  const output = await scriptOutput(trial, namespace, 'reader', look, {}, { securityContext: security });
  expectEqual('mode and group of the token with fsGroup', output, '640:10001\n');
  const plain = await scriptOutput(trial, namespace, 'plain', look);
  expectTrue('the token can be read by its user', /^6[04][04]:0\n$/.test(plain), plain);
}

const MAPPED = [{ key: 'data-1', path: 'path/to/data-2' }];
const MAPPED_0400 = [{ key: 'data-1', path: 'path/to/data-2', mode: 0o400 }];
const [PLAIN, READ_ONLY] = ['-rw-r--r--', '-r--------'];
const THREE = ['created', 'updated', 'deleted'];

const named = (runs: Readonly<Record<string, ConformanceTest['run']>>): readonly ConformanceTest[] =>
  Object.entries(runs).map(([name, run]) => ({ name, needs, run }));

const root: PodSecurityContext = {};
const emptyDirTests = ['0644', '0666', '0777'].flatMap((mode) => {
  const memoryNonRoot = mode === '0666' ? `0666,` : mode;
  const octal = mode.slice(1);
  return named({
    // Two entries of upstream's have this name, one for each user.
    [`EmptyDir, medium default, volume mode ${mode}`]: emptyDir('', octal, [root, NON_ROOT]),
    [`EmptyDir, medium memory, volume mode ${mode}`]: emptyDir('Memory', octal, [root]),
    [`EmptyDir, medium memory, volume mode ${memoryNonRoot}, non-root user`]: emptyDir('Memory', octal, [NON_ROOT]),
  });
});

export const nodeVolumeTests: readonly ConformanceTest[] = [
  ...emptyDirTests,
  ...named({
    'EmptyDir, medium default, volume mode default': emptyDir('', undefined, [root]),
    'EmptyDir, medium memory, volume mode default': emptyDir('Memory', undefined, [root]),
    'EmptyDir, Shared volumes between containers': sharedEmptyDir,
    'DownwardAPI volume, volume mode 0400': withDefault,
    'DownwardAPI volume, file mode 0400': withItem,
    'Projected Volume, DownwardAPI, volume mode 0400': projectedModes,
    'Projected Volume, multiple projections': combined,
    'Projected Volume, ConfigMap, volume mode default': projected({ source: 'configMap', expected: PLAIN }),
    'Projected Volume, ConfigMap, non-root user': projected({
      source: 'configMap',
      expected: PLAIN,
      security: NON_ROOT,
    }),
    'Projected Volume, ConfigMap, volume mode 0400': projected({
      source: 'configMap',
      expected: READ_ONLY,
      defaultMode: 0o400,
    }),
    'Projected Volume, ConfigMap, mapped': projected({ source: 'configMap', expected: PLAIN, items: MAPPED }),
    'Projected Volume, ConfigMap, mapped, volume mode 0400': projected({
      source: 'configMap',
      expected: READ_ONLY,
      items: MAPPED_0400,
    }),
    'Projected Volume, ConfigMap, mapped, non-root user': projected({
      source: 'configMap',
      expected: PLAIN,
      items: MAPPED,
      security: NON_ROOT,
    }),
    'Projected Volume, ConfigMap, multiple volume paths': twoProjections('configMap'),
    'Projected Volume, ConfigMap, update': sourcesChange('configMap', ['updated']),
    'Projected Volume, ConfigMap, create, update and delete': sourcesChange('configMap', THREE),
    'Projected Volume, Secrets, volume mode default': projected({ source: 'secret', expected: PLAIN }),
    'Project Volume, Secrets, non-root, custom fsGroup': projected({
      source: 'secret',
      expected: '-r--r-----',
      defaultMode: 0o440,
      security: { ...NON_ROOT, fsGroup: 1001 },
    }),
    'Projected Volume, Secrets, volume mode 0400': projected({
      source: 'secret',
      expected: READ_ONLY,
      defaultMode: 0o400,
    }),
    'Projected Volume, Secrets, mapped': projected({ source: 'secret', expected: PLAIN, items: MAPPED }),
    'Projected Volume, Secrets, mapped, volume mode 0400': projected({
      source: 'secret',
      expected: READ_ONLY,
      items: MAPPED_0400,
    }),
    'Projected Volume, Secrets, mapped, multiple paths': twoProjections('secret'),
    'Projected Volume, Secrets, create, update delete': sourcesChange('secret', THREE),
    'Projected service account token, modes': tokenModes,
  }),
  ...downwardTests('downwardAPI', (what) => `DownwardAPI volume, ${what}`),
  ...downwardTests('projected', (what) => `Projected Volume, DownwardAPI, ${what}`),
];
