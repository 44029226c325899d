/** What every `ContainerRuntime` promises, as tests. A runtime under test needs an image whose default command keeps running. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ContainerConfig, SandboxConfig } from './config.ts';
import type { ContainerRuntime } from './contract.ts';
import { RuntimeError } from './error.ts';
import { annotations, labels } from './labels.ts';

export interface RuntimeUnderTest {
  readonly runtime: ContainerRuntime;
  readonly image: string;
  readonly logDirectory: string;
  readonly cgroupParent: string;
  /** Lets time pass until the predicate holds. */
  readonly until: (what: string, holds: () => Promise<boolean>) => Promise<void>;
}

const sandboxConfig = (under: RuntimeUnderTest, uid: string): SandboxConfig => ({
  name: `pod-${uid}`,
  namespace: 'default',
  uid,
  attempt: 0,
  hostname: 'conformance',
  logDirectory: `${under.logDirectory}/${uid}`,
  dns: { servers: ['10.96.0.10'], searches: [], options: [] },
  portMappings: [],
  labels: { app: 'x', [labels.podUid]: uid, [labels.podName]: `pod-${uid}`, [labels.podNamespace]: 'default' },
  annotations: { note: 'kept' },
  cgroupParent: under.cgroupParent,
  namespaces: { network: 'pod', pid: 'container', ipc: 'pod' },
  sysctls: {},
  supplementalGroups: [],
  privileged: false,
  seccomp: { kind: 'Unconfined' },
  resources: {},
  runtimeHandler: '',
});
const containerConfig = (
  under: RuntimeUnderTest,
  uid: string,
  command: readonly string[] = ['sleep', '1000'],
): ContainerConfig => ({
  name: 'main',
  attempt: 0,
  image: { image: under.image, userSpecified: under.image },
  command,
  args: [],
  workingDirectory: '',
  environment: [],
  mounts: [],
  labels: { [labels.podUid]: uid, [labels.containerName]: 'main' },
  annotations: { [annotations.restartCount]: '0' },
  logPath: 'main.log',
  stdin: false,
  stdinOnce: false,
  tty: false,
  resources: {},
  security: {
    addCapabilities: [],
    dropCapabilities: [],
    privileged: false,
    namespaces: { network: 'pod', pid: 'container', ipc: 'pod' },
    readOnlyRootFilesystem: false,
    supplementalGroups: [],
    noNewPrivileges: false,
    maskedPaths: [],
    readonlyPaths: [],
    seccomp: { kind: 'Unconfined' },
  },
});

export function runtimeConformance(name: string, make: () => Promise<RuntimeUnderTest>): void {
  const within = (what: string, body: (under: RuntimeUnderTest, uid: string) => Promise<void>) =>
    test(`ContainerRuntime ${name} ${what}`, async () => {
      const under = await make();
      const uid = `uid-${what.replaceAll(/\W+/g, '-')}`;
      try {
        await body(under, uid);
      } finally {
        for (const { id } of await under.runtime.listSandboxes(uid)) {
          await under.runtime.stopSandbox(id);
          await under.runtime.removeSandbox(id);
        }
        under.runtime.close();
      }
    });

  within('says what it is and that it is ready', async ({ runtime }) => {
    assert.notEqual((await runtime.version()).name, '');
    assert.equal((await runtime.status()).conditions.find(({ type }) => type === 'RuntimeReady')?.status, true);
  });
  within('keeps what a sandbox was made with and gives it an address', async (under, uid) => {
    const id = await under.runtime.runSandbox(sandboxConfig(under, uid));
    const status = await under.runtime.sandboxStatus(id);
    assert.equal(status?.ready, true);
    assert.equal(status?.uid, uid);
    assert.equal(status?.labels['app'], 'x');
    assert.equal(status?.annotations['note'], 'kept');
    assert.equal(status?.ips.length, 1);
    assert.deepEqual(
      (await under.runtime.listSandboxes(uid)).map((each) => each.id),
      [id],
    );
  });
  within('starts a container and stops it', async (under, uid) => {
    const { runtime } = under;
    const sandbox = sandboxConfig(under, uid);
    const sandboxId = await runtime.runSandbox(sandbox);
    const id = await runtime.createContainer(sandboxId, containerConfig(under, uid), sandbox);
    assert.equal((await runtime.containerStatus(id))?.state, 'created');
    await runtime.startContainer(id);
    const running = await runtime.containerStatus(id);
    assert.equal(running?.state, 'running');
    assert.equal(running?.sandboxId, sandboxId);
    assert.equal(running?.name, 'main');
    assert.ok((running?.startedAt ?? 0) > 0);
    await runtime.stopContainer(id, 1);
    const ended = await runtime.containerStatus(id);
    assert.equal(ended?.state, 'exited');
    assert.notEqual(ended?.exitCode, 0);
    assert.ok((ended?.finishedAt ?? 0) >= (ended?.startedAt ?? 0));
    await runtime.removeContainer(id);
    assert.equal(await runtime.containerStatus(id), undefined);
    assert.deepEqual(await runtime.listContainers(uid), []);
  });
  within('reports the exit code of a container that ends by itself', async (under, uid) => {
    const { runtime } = under;
    const sandbox = sandboxConfig(under, uid);
    const sandboxId = await runtime.runSandbox(sandbox);
    const id = await runtime.createContainer(sandboxId, containerConfig(under, uid, ['sh', '-c', 'exit 3']), sandbox);
    await runtime.startContainer(id);
    await under.until('the container ends', async () => (await runtime.containerStatus(id))?.state === 'exited');
    assert.equal((await runtime.containerStatus(id))?.exitCode, 3);
  });
  within('stops what is in a sandbox with it', async (under, uid) => {
    const { runtime } = under;
    const sandbox = sandboxConfig(under, uid);
    const sandboxId = await runtime.runSandbox(sandbox);
    const id = await runtime.createContainer(sandboxId, containerConfig(under, uid), sandbox);
    await runtime.startContainer(id);
    await runtime.stopSandbox(sandboxId);
    await runtime.stopSandbox(sandboxId);
    assert.equal((await runtime.sandboxStatus(sandboxId))?.ready, false);
    await under.until('the container ends', async () => (await runtime.containerStatus(id))?.state === 'exited');
    await runtime.removeSandbox(sandboxId);
    await runtime.removeSandbox(sandboxId);
    assert.equal(await runtime.sandboxStatus(sandboxId), undefined);
  });
  within('takes the stopping of what it does not know for done', async ({ runtime }) => {
    await runtime.stopContainer('0'.repeat(64), 0);
    await runtime.removeContainer('0'.repeat(64));
    await runtime.stopSandbox('0'.repeat(64));
    await runtime.removeSandbox('0'.repeat(64));
  });
  within('refuses a container in a sandbox it does not know', async (under, uid) => {
    const creating = under.runtime.createContainer(
      '0'.repeat(64),
      containerConfig(under, uid),
      sandboxConfig(under, uid),
    );
    await assert.rejects(creating, (error) => error instanceof RuntimeError);
  });
  within('runs a command in a container', async (under, uid) => {
    const { runtime } = under;
    const sandbox = sandboxConfig(under, uid);
    const sandboxId = await runtime.runSandbox(sandbox);
    const id = await runtime.createContainer(sandboxId, containerConfig(under, uid), sandbox);
    await runtime.startContainer(id);
    assert.equal((await runtime.execSync(id, ['true'], 5)).exitCode, 0);
  });
  within('knows its image', async (under) => {
    assert.notEqual(await under.runtime.imageStatus({ image: under.image }), undefined);
  });
}
