/** What containers are started with and how they end: commands, environment, security, last words and restarts. */
import { type Container, type ContainerState, type EnvVar, type Pod, type PodSpec, Resources } from '@steersman/api';
import { logOf, scriptOutput } from '../framework/containers.ts';
import type { ConformanceTest, Trial } from '../framework/contract.ts';
import { expectEqual, expectIncludes, expectMatch, expectRefused, expectTrue, present } from '../framework/expect.ts';
import { untilObject } from '../framework/wait.ts';
import { pod } from '../objects.ts';

const needs = ['containers'] as const;

/** Runs a pod with one container until the container has ended for good; resolves with its state. */
async function endOf(
  trial: Trial,
  name: string,
  container: Partial<Container>,
  spec: Partial<PodSpec> = {},
): Promise<ContainerState['terminated']> {
  const namespace = await trial.namespace();
  const made = pod({ namespace, name }, trial.image, container, { restartPolicy: 'Never', ...spec });
  await trial.client.resource(Resources.pods).create(made);
  const ended = await untilObject(trial, Resources.pods, { namespace, name }, 'the pod to end', (found) =>
    ['Succeeded', 'Failed'].includes(found?.status?.phase ?? ''),
  );
  return ended?.status?.containerStatuses?.[0]?.state?.terminated;
}

const shell = (script: string) => ({ command: ['sh', '-c', script] });

function lastWords(container: Partial<Container>, expected: string | undefined, spec?: Partial<PodSpec>) {
  return async (trial: Trial): Promise<void> => {
    const terminated = present('the state', await endOf(trial, 'speaker', container, spec));
    expectEqual('the termination message', terminated.message, expected);
  };
}
const FALLBACK = { terminationMessagePolicy: 'FallbackToLogsOnError' } as const;

function environment(env: readonly EnvVar[], expected: readonly RegExp[], container: Partial<Container> = {}) {
  return async (trial: Trial): Promise<void> => {
    const output = await scriptOutput(trial, await trial.namespace(), 'env', 'env', { env, ...container });
    for (const each of expected) expectMatch('the environment', output, each);
  };
}
const field = (name: string, fieldPath: string): EnvVar => ({ name, valueFrom: { fieldRef: { fieldPath } } });
const resource = (name: string, of: string): EnvVar => ({ name, valueFrom: { resourceFieldRef: { resource: of } } });
const LIMITS = ['limits.cpu', 'limits.memory', 'requests.cpu', 'requests.memory'];
const limitVariables = LIMITS.map((of) => resource(of.toUpperCase().replace('.', '_'), of));

function printed(container: Partial<Container>, expected: string) {
  return async (trial: Trial): Promise<void> => {
    const namespace = await trial.namespace();
    expectEqual('the output', await scriptOutput(trial, namespace, 'printer', '', container), expected);
  };
}

/** busybox's image starts a shell, which ends at once and well when nobody talks to it. */
async function imageDefaults(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const made: Pod = {
    metadata: { namespace, name: 'plain' },
    spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: trial.image }] },
  };
  await trial.client.resource(Resources.pods).create(made);
  await untilObject(
    trial,
    Resources.pods,
    { namespace, name: 'plain' },
    "the image's own command to run",
    (found) => found?.status?.phase === 'Succeeded' || found?.status?.phase === 'Running',
  );
}

/** Upstream's table: what each restart policy makes of a container that fails once, or always, or succeeds. */
async function restartPolicies(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const pods = trial.client.resource(Resources.pods);
  // Succeeds only from its third run on.
  const script = 'echo run >> /data/runs; [ $(wc -l < /data/runs) -ge 3 ]';
  const cases = [
    { restartPolicy: 'Always', name: 'always', phase: 'Running', restarts: 2 },
    { restartPolicy: 'OnFailure', name: 'on-failure', phase: 'Succeeded', restarts: 2 },
    { restartPolicy: 'Never', name: 'never', phase: 'Failed', restarts: 0 },
  ] as const;
  for (const { restartPolicy, name } of cases) {
    const container = { ...shell(script), volumeMounts: [{ name: 'data', mountPath: '/data' }] };
    const spec = { restartPolicy, volumes: [{ name: 'data', emptyDir: {} }] };
    await pods.create(pod({ namespace, name }, trial.image, container, spec));
  }
  for (const { name, phase, restarts } of cases) {
    const what = `pod ${name} to be ${phase} after ${restarts} restarts`;
    const found = await untilObject(trial, Resources.pods, { namespace, name }, what, (each) => {
      const status = each?.status?.containerStatuses?.[0];
      return each?.status?.phase === phase && (status?.restartCount ?? 0) >= restarts;
    });
    const status = present('the status', found?.status?.containerStatuses?.[0]);
    if (name === 'always') continue; // It is started again for ever: now up, now down.
    expectEqual(`${name}: ready`, status.ready, false);
    expectEqual(`${name}: restarts`, status.restartCount, restarts);
  }
}

async function failedReason(trial: Trial): Promise<void> {
  const terminated = await endOf(trial, 'failing', shell('exit 3'));
  expectIncludes('the state', terminated, { reason: 'Error', exitCode: 3 });
}

async function failedDelete(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const pods = trial.client.resource(Resources.pods);
  const key = { namespace, name: 'failing' };
  await pods.create(pod(key, trial.image, { command: ['/bin/false'] }));
  await pods.delete(key);
  await untilObject(trial, Resources.pods, key, 'the pod to be gone', (found) => found === undefined);
}

async function missingCommand(trial: Trial): Promise<void> {
  const terminated = await endOf(trial, 'missing', { command: ['/no-such-program'] });
  expectIncludes('the state', terminated, { reason: 'StartError', exitCode: 128 });
}

async function outOfMemory(trial: Trial): Promise<void> {
  const terminated = await endOf(trial, 'hungry', {
    command: ['sh', '-c', 'x=0123456789abcdef; while true; do x=$x$x; done'],
    resources: { limits: { memory: '20Mi' } },
  });
  expectIncludes('the state', terminated, { reason: 'OOMKilled', exitCode: 137 });
}

function writesToRoot(readOnlyRootFilesystem: boolean) {
  return async (trial: Trial): Promise<void> => {
    const securityContext = { readOnlyRootFilesystem };
    const terminated = await endOf(trial, 'writer', {
      ...shell('echo hi > /checked && cat /checked'),
      securityContext,
    });
    expectEqual('exit code 0', terminated?.exitCode === 0, !readOnlyRootFilesystem);
  };
}

async function nonRootUser(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const securityContext = { runAsUser: 65534 };
  expectEqual('id -u', await scriptOutput(trial, namespace, 'nobody', 'id -u', { securityContext }), '65534\n');
}

async function unprivileged(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const script = 'ip link add dummy0 type dummy || echo refused';
  const output = await scriptOutput(trial, namespace, 'plain', script, { securityContext: { privileged: false } });
  expectMatch('adding a link', output, /refused/);
}

async function noEscalation(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const security = (allowPrivilegeEscalation: boolean) => ({
    securityContext: { runAsUser: 1000, allowPrivilegeEscalation },
  });
  const script = 'grep NoNewPrivs /proc/self/status';
  const refused = await scriptOutput(trial, namespace, 'refused', script, security(false));
  expectMatch('no_new_privs when escalation is not allowed', refused, /:\t1/);
  const allowed = await scriptOutput(trial, namespace, 'allowed', script, security(true));
  expectMatch('no_new_privs when escalation is allowed', allowed, /:\t0/);
}

async function capabilities(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const script = 'grep CapEff /proc/self/status';
  const dropped = { securityContext: { capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] } } };
  const output = await scriptOutput(trial, namespace, 'dropped', script, dropped);
  expectEqual('effective capabilities', output, 'CapEff:\t0000000000000400\n');
}

async function groups(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const securityContext = { runAsUser: 1000, runAsGroup: 2000, fsGroup: 3000, supplementalGroups: [4000] };
  const output = await scriptOutput(trial, namespace, 'member', 'id -u; id -g; id -G', {}, { securityContext });
  const [uid, gid, all = ''] = output.split('\n');
  expectEqual(
    'user, group and further groups',
    [uid, gid, all.split(' ').toSorted()],
    ['1000', '2000', ['2000', '3000', '4000']],
  );
}

const SYSCTL = 'kernel.shm_rmid_forced';
const sysctl = (...names: readonly string[]) => ({
  securityContext: { sysctls: names.map((name) => ({ name, value: '1' })) },
});

async function safeSysctl(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const script = `cat /proc/sys/${SYSCTL.replace('.', '/')}`;
  expectEqual('a safe sysctl', await scriptOutput(trial, namespace, 'safe', script, {}, sysctl(SYSCTL)), '1\n');
}

async function invalidSysctls(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const made = pod({ namespace, name: 'invalid' }, trial.image, {}, sysctl('foo-', SYSCTL, 'bar..'));
  const refusal = { code: 422, reason: 'Invalid' };
  const status = await expectRefused('creating it', trial.client.resource(Resources.pods).create(made), refusal);
  for (const [index, name] of [
    [0, 'foo-'],
    [2, 'bar..'],
  ] as const)
    expectTrue(
      `the message names ${name}`,
      (status.message ?? '').includes(`spec.securityContext.sysctls[${index}].name: Invalid value: "${name}"`),
      status.message,
    );
}

async function unsafeSysctl(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const key = { namespace, name: 'unsafe' };
  await trial.client.resource(Resources.pods).create(pod(key, trial.image, {}, sysctl('kernel.msgmax')));
  const failed = (found: Pod | undefined) => found?.status?.phase === 'Failed';
  const refused = await untilObject(trial, Resources.pods, key, 'the pod to be refused', failed);
  expectEqual('reason', refused?.status?.reason, 'SysctlForbidden');
}

const USER_AND_GROUP = { runAsUser: 1001, runAsGroup: 2002 };

/** The ids of a container, set for the pod or for the container itself, which then counts more. */
function userAndGroup(level: 'pod' | 'container') {
  return async (trial: Trial): Promise<void> => {
    const namespace = await trial.namespace();
    const own = level === 'container' ? { securityContext: USER_AND_GROUP } : {};
    const common = level === 'container' ? { runAsUser: 1003, runAsGroup: 2004 } : USER_AND_GROUP;
    const output = await scriptOutput(trial, namespace, 'member', 'id -u; id -g', own, { securityContext: common });
    expectEqual('user and group', output, '1001\n2002\n');
  };
}

async function hostAliases(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const aliases = [{ ip: '123.45.67.89', hostnames: ['foo', 'bar'] }];
  const output = await scriptOutput(trial, namespace, 'aliased', 'cat /etc/hosts', {}, { hostAliases: aliases });
  expectMatch('/etc/hosts', output, /^123\.45\.67\.89\tfoo\tbar$/m);
}

const MANAGED = /^# Kubernetes-managed hosts file\.$/m;

async function managedHosts(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  expectMatch('/etc/hosts', await scriptOutput(trial, namespace, 'managed', 'cat /etc/hosts'), MANAGED);
  const mounted = await scriptOutput(
    trial,
    namespace,
    'mounted',
    'cat /etc/hosts',
    { volumeMounts: [{ name: 'hosts', mountPath: '/etc/hosts' }] },
    { volumes: [{ name: 'hosts', hostPath: { path: '/etc/hosts', type: 'File' } }] },
  );
  expectTrue('/etc/hosts of the host is not managed', !/Kubernetes-managed/.test(mounted), mounted);
  const host = await scriptOutput(trial, namespace, 'host', 'cat /etc/hosts', {}, { hostNetwork: true });
  expectTrue("/etc/hosts with hostNetwork is not the pod's own", !MANAGED.test(host), host);
}

async function logOutput(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  await scriptOutput(trial, namespace, 'speaker', 'echo Hello World');
  expectEqual('the log', await logOf(trial, namespace, 'speaker'), 'Hello World\n');
}

async function subPathExpansion(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const output = await scriptOutput(
    trial,
    namespace,
    'expander',
    'test -d /whole/expander && touch /part/file && ls /whole/expander && stat -c %a /whole/expander',
    {
      env: [field('POD_NAME', 'metadata.name')],
      volumeMounts: [
        { name: 'data', mountPath: '/part', subPathExpr: '$(POD_NAME)' },
        { name: 'data', mountPath: '/whole' },
      ],
    },
    { volumes: [{ name: 'data', emptyDir: {} }], securityContext: { runAsUser: 1001 } },
  );
  expectEqual('the file, and the mode of the volume', output, 'file\n777\n');
}

const badSubPath = (value: string) => ({
  env: [{ name: 'FOLDER', value }],
  volumeMounts: [{ name: 'data', mountPath: '/part', subPathExpr: '$(FOLDER)' }],
});
const DATA = { volumes: [{ name: 'data', emptyDir: {} }] };

function refusedSubPath(value: string) {
  return async (trial: Trial): Promise<void> => {
    const namespace = await trial.namespace();
    const key = { namespace, name: 'refused' };
    await trial.client.resource(Resources.pods).create(pod(key, trial.image, badSubPath(value), DATA));
    await untilObject(
      trial,
      Resources.pods,
      key,
      'the container to be refused',
      (found) => found?.status?.containerStatuses?.[0]?.state?.waiting?.reason === 'CreateContainerConfigError',
    );
  };
}

async function subPathOnceRight(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const key = { namespace, name: 'later' };
  const made = pod(
    { ...key, labels: { own: 'true' } },
    trial.image,
    {
      env: [{ name: 'FOLDER', valueFrom: { fieldRef: { fieldPath: "metadata.annotations['folder']" } } }],
      volumeMounts: [{ name: 'data', mountPath: '/part', subPathExpr: '$(FOLDER)' }],
    },
    DATA,
  );
  const pods = trial.client.resource(Resources.pods);
  await pods.create(made);
  await untilObject(
    trial,
    Resources.pods,
    key,
    'the container to be refused',
    (found) => found?.status?.containerStatuses?.[0]?.state?.waiting?.reason === 'CreateContainerConfigError',
  );
  await pods.patch(key, { type: 'merge', body: { metadata: { annotations: { folder: 'there' } } } });
  await untilObject(trial, Resources.pods, key, 'the pod to run', (found) => found?.status?.phase === 'Running');
}

const NODE_NUMBER = /^LIMITS_(CPU|MEMORY)=[1-9]\d*$/m;
const LIMITED = { resources: { limits: { cpu: '1250m', memory: '64Mi' }, requests: { cpu: '250m', memory: '32Mi' } } };

const runs: Readonly<Record<string, ConformanceTest['run']>> = {
  'Docker containers, without command and arguments': imageDefaults,
  'Containers, without command and arguments': imageDefaults,
  'Docker containers, with arguments': printed({ command: [], args: ['echo', 'given'] }, 'given\n'),
  'Containers, with arguments': printed({ command: [], args: ['echo', 'given'] }, 'given\n'),
  'Docker containers, with command': printed({ command: ['echo', 'command'] }, 'command\n'),
  'Containers, with command': printed({ command: ['echo', 'command'] }, 'command\n'),
  'Docker containers, with command and arguments': printed({ command: ['echo'], args: ['a', 'b c'] }, 'a b c\n'),
  'Containers, with command and arguments': printed({ command: ['echo'], args: ['a', 'b c'] }, 'a b c\n'),
  'Environment variables, expansion': environment(
    [
      { name: 'FOO', value: 'foo-value' },
      { name: 'BAR', value: 'bar-value' },
      { name: 'FOOBAR', value: '$(FOO);;$(BAR)$$(FOO)$(NONE)' },
    ],
    [/^FOOBAR=foo-value;;bar-value\$\(FOO\)\$\(NONE\)$/m],
  ),
  'Environment variables, command expansion': printed(
    { env: [{ name: 'WORD', value: 'expanded' }], command: ['echo', '$(WORD)', '$$(WORD)'] },
    'expanded $(WORD)\n',
  ),
  'Environment variables, command argument expansion': printed(
    { env: [{ name: 'WORD', value: 'expanded' }], command: ['echo'], args: ['$(WORD)'] },
    'expanded\n',
  ),
  'DownwardAPI, environment for name, namespace and ip': environment(
    [field('N', 'metadata.name'), field('NS', 'metadata.namespace'), field('IP', 'status.podIP')],
    [/^N=env$/m, /^NS=conformance-/m, /^IP=[0-9a-f.:]+$/m],
  ),
  'DownwardAPI, environment for host ip': environment([field('HOST_IP', 'status.hostIP')], [/^HOST_IP=[0-9a-f.:]+$/m]),
  'DownwardAPI, environment for hostIPs': environment(
    [field('HOST_IPS', 'status.hostIPs')],
    [/^HOST_IPS=[0-9a-f.:,]+$/m],
  ),
  'DownwardAPI, environment for Pod UID': environment([field('UID', 'metadata.uid')], [/^UID=[0-9a-f-]{36}$/m]),
  'DownwardAPI, environment for CPU and memory limits and requests': environment(
    limitVariables,
    [/^LIMITS_CPU=2$/m, /^LIMITS_MEMORY=67108864$/m, /^REQUESTS_CPU=1$/m, /^REQUESTS_MEMORY=33554432$/m],
    LIMITED,
  ),
  'DownwardAPI, environment for default CPU and memory limits and requests': environment(limitVariables.slice(0, 2), [
    NODE_NUMBER,
  ]),
  'Container Runtime, TerminationMessage, from file of succeeding container': lastWords(
    { ...shell('echo -n OK > /dev/termination-log'), ...FALLBACK },
    'OK',
  ),
  'Container Runtime, TerminationMessage, from log output of succeeding container': lastWords(
    { ...shell('echo -n DONE'), ...FALLBACK },
    undefined,
  ),
  "Container Runtime, TerminationMessage, from container's log output of failing container": lastWords(
    { ...shell('echo -n DONE; false'), ...FALLBACK },
    'DONE',
  ),
  'Container Runtime, TerminationMessagePath, non-root user and non-default path': lastWords(
    {
      ...shell('echo -n DONE > /dev/termination-custom-log'),
      terminationMessagePath: '/dev/termination-custom-log',
      securityContext: { runAsUser: 1000 },
    },
    'DONE',
  ),
  'Container Runtime, Restart Policy, Pod Phases': restartPolicies,
  'Container Runtime, a command that is missing': missingCommand,
  'Container Runtime, out of memory': outOfMemory,
  'Kubelet, failed pod, terminated reason': failedReason,
  'Kubelet, failed pod, delete': failedDelete,
  'Kubelet, hostAliases': hostAliases,
  'Kubelet, managed etc hosts': managedHosts,
  'Kubelet, log output, default': logOutput,
  'Kubelet, pod with read only root file system': writesToRoot(true),
  'Security Context, readOnlyRootFilesystem=false.': writesToRoot(false),
  'Security Context, runAsUser=65534': nonRootUser,
  'Security Context, privileged=false.': unprivileged,
  'Security Context, allowPrivilegeEscalation=false.': noEscalation,
  'Security Context, capabilities': capabilities,
  'Security Context, groups': groups,
  'Security Context, test RunAsGroup at container level': userAndGroup('container'),
  'Security Context, test RunAsGroup at pod level': userAndGroup('pod'),
  'Sysctl, test sysctls': safeSysctl,
  'Sysctls, reject invalid sysctls': invalidSysctls,
  'Sysctls, refuse unsafe sysctls': unsafeSysctl,
  'VolumeSubpathEnvExpansion, subpath expansion': subPathExpansion,
  'VolumeSubpathEnvExpansion, subpath test writes': subPathExpansion,
  'VolumeSubpathEnvExpansion, subpath with absolute path': refusedSubPath('/absolute'),
  'VolumeSubpathEnvExpansion, subpath with backticks': refusedSubPath('..'),
  'VolumeSubpathEnvExpansion, subpath ready from failed state': subPathOnceRight,
};

export const nodeContainerTests: readonly ConformanceTest[] = Object.entries(runs).map(([name, run]) => ({
  name,
  needs,
  run,
}));
