/** One member of an etcd, on a host of its own. */
import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { FinalRecord, HashRecord } from '../history.ts';
import { NAMESPACE, storedItem } from '../traffic/api-client.ts';
import type { Fault } from './contract.ts';
import type { Host } from './hosts.ts';
import { type ManagedProcess, managedProcess } from './processes.ts';

const HEALTHY_MS_MAX = 60_000;

export interface EtcdMember {
  readonly name: string;
  readonly host: Host;
  readonly process: ManagedProcess;
  readonly endpoint: string;
  readonly peer: string;
  /** Resolves when it takes part in the quorum. */
  healthy(): Promise<void>;
  /** Forgets everything it holds; what is started next joins an existing cluster. */
  wipe(): void;
}

const execute = promisify(execFile);

/** Runs etcdctl and gives its output; undefined when it failed. */
async function etcdctl(endpoint: string, ...args: readonly string[]): Promise<string | undefined> {
  const env = { ...process.env, ETCDCTL_API: '3' };
  const all = [`--endpoints=${endpoint}`, '--dial-timeout=1s', '--command-timeout=3s', ...args];
  try {
    return (await execute('etcdctl', all, { env, maxBuffer: 1 << 28 })).stdout;
  } catch {
    return undefined;
  }
}

async function etcdctlJson<T>(endpoint: string, ...args: readonly string[]): Promise<T | undefined> {
  const output = await etcdctl(endpoint, '-w', 'json', ...args);
  return output === undefined ? undefined : (JSON.parse(output) as T);
}

/** The id of a member as etcdctl takes it. Its JSON has ids that no number can hold; its lines have them in hexadecimal. */
async function memberId(endpoint: string, name: string): Promise<string | undefined> {
  const lines = (await etcdctl(endpoint, 'member', 'list'))?.split('\n') ?? [];
  return lines.map((line) => line.split(', ')).find((fields) => fields[2] === name)?.[0];
}

/** Members of one cluster, one per host; none is started. */
export function etcdMembers(
  hosts: readonly Host[],
  folders: { readonly work: string; readonly logs: string },
): readonly EtcdMember[] {
  const peerOf = ({ address }: Host) => `http://${address}:2380`;
  const cluster = hosts.map((host, index) => `etcd-${index}=${peerOf(host)}`).join(',');
  return hosts.map((host, index) => etcdMember(`etcd-${index}`, host, peerOf(host), cluster, folders));
}

function etcdMember(
  name: string,
  host: Host,
  peer: string,
  cluster: string,
  folders: { readonly work: string; readonly logs: string },
): EtcdMember {
  const endpoint = `http://${host.address}:2379`;
  const data = join(folders.work, name);
  let state = 'new';
  const args = () => [
    `--name=${name}`,
    `--data-dir=${data}`,
    `--listen-client-urls=${endpoint}`,
    `--advertise-client-urls=${endpoint}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=${cluster}`,
    `--initial-cluster-state=${state}`,
    '--logger=zap',
  ];
  const [program, ...enter] = host.enter as [string, ...string[]];
  const logFile = join(folders.logs, `${name}.log`);
  return {
    name,
    host,
    endpoint,
    peer,
    process: managedProcess({ name, program, args: () => [...enter, 'etcd', ...args()], logFile }),
    async healthy() {
      await until(
        `hear from ${name}; see ${name}.log`,
        async () => (await etcdctl(endpoint, 'endpoint', 'health')) !== undefined,
      );
    },
    wipe() {
      rmSync(data, { recursive: true, force: true });
      state = 'existing';
    },
  };
}

/** A member is removed for good, and another joins in its place with nothing on its disk. */
export const replacing = (member: EtcdMember, others: readonly EtcdMember[]): Fault => ({
  name: `replace ${member.name}`,
  async inflict() {
    const [{ endpoint }] = others as [EtcdMember];
    await member.process.kill();
    await until(`let ${member.name} go`, async () => {
      const id = await memberId(endpoint, member.name);
      return id !== undefined && (await etcdctl(endpoint, 'member', 'remove', id)) !== undefined;
    });
    const adding = ['member', 'add', member.name, `--peer-urls=${member.peer}`];
    await until(`take ${member.name} again`, async () => (await etcdctl(endpoint, ...adding)) !== undefined);
    member.wipe();
    member.process.start();
  },
});

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + HEALTHY_MS_MAX;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`etcd did not ${what}`);
    await sleep(200);
  }
}

interface RangeAnswer {
  readonly header: { readonly revision: number };
  readonly kvs?: readonly { readonly value: string; readonly mod_revision: number }[];
}

/** What this member itself holds, whatever the others say. */
export async function memberFinal({ name, endpoint }: EtcdMember): Promise<FinalRecord> {
  const range = ['get', '--prefix', '--consistency=s', `/registry/configmaps/${NAMESPACE}/`];
  const answer = await etcdctlJson<RangeAnswer>(endpoint, ...range);
  if (answer === undefined) throw new Error(`${name} does not answer at the end; see ${name}.log`);
  const items = (answer.kvs ?? []).map(({ value, mod_revision }) =>
    storedItem(Buffer.from(value, 'base64'), mod_revision),
  );
  return { record: 'final', source: name, via: 'store', revision: answer.header.revision, items };
}

interface HashAnswer {
  readonly HashKV: { readonly hash: number; readonly compact_revision: number };
}

export async function memberHash({ name, endpoint }: EtcdMember, revision: number): Promise<HashRecord> {
  const answers = await etcdctlJson<readonly [HashAnswer]>(endpoint, 'endpoint', 'hashkv', `--rev=${revision}`);
  if (answers === undefined) throw new Error(`${name} has no hash of revision ${revision}; see ${name}.log`);
  const { hash, compact_revision } = answers[0].HashKV;
  return { record: 'hash', source: name, revision, hash: `${hash} since ${compact_revision}` };
}
