/** One member of an etcd, on a host of its own. */
import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { FinalRecord, HashRecord } from '../history.ts';
import { STORED_UNDER, storedItem } from '../traffic/api-client.ts';
import type { Fault } from './contract.ts';
import type { Host } from './hosts.ts';
import { type ManagedProcess, managedProcess } from './processes.ts';

const HEALTHY_MS_MAX = 180_000;

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
    const before = await memberId(endpoint, member.name);
    await until(`let ${member.name} go`, async () => {
      const id = await memberId(endpoint, member.name);
      return id !== undefined && (await etcdctl(endpoint, 'member', 'remove', id)) !== undefined;
    });
    const adding = ['member', 'add', member.name, `--peer-urls=${member.peer}`];
    await until(`take ${member.name} again`, async () => (await etcdctl(endpoint, ...adding)) !== undefined);
    member.wipe();
    member.process.start();
    await member.healthy();
    return Number((await memberId(endpoint, member.name)) !== before);
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

/**
 * What each member itself holds, and its hash over it. Nobody writes any more, but members may be behind, leases may still end, and
 * a member on a busy machine may not answer in time: so it is asked again until all are as far.
 */
export async function memberFinals(members: readonly EtcdMember[]): Promise<readonly (FinalRecord | HashRecord)[]> {
  let records: readonly (FinalRecord | HashRecord)[] = [];
  await until('come to one revision', async () => {
    const finals = await Promise.all(members.map(memberFinal));
    const revision = finals[0]?.revision ?? 0;
    if (finals.some((final) => final?.revision !== revision)) return false;
    const hashes = await Promise.all(members.map(memberHash));
    if (hashes.some((hash) => hash?.revision !== revision)) return false;
    records = [...finals, ...hashes].filter((record) => record !== undefined);
    return true;
  });
  return records;
}

/** Undefined without an answer. */
async function memberFinal({ name, endpoint }: EtcdMember): Promise<FinalRecord | undefined> {
  const range = ['get', '--prefix', '--consistency=s', STORED_UNDER];
  const answer = await etcdctlJson<RangeAnswer>(endpoint, ...range);
  const items = (answer?.kvs ?? []).map(({ value, mod_revision }) =>
    storedItem(Buffer.from(value, 'base64'), mod_revision),
  );
  return answer && { record: 'final', source: name, via: 'store', revision: answer.header.revision, items };
}

interface HashAnswer {
  readonly HashKV: {
    readonly header: { readonly revision: number };
    readonly hash: number;
    readonly compact_revision: number;
  };
}

/** Over the newest revision: etcd 3.4 tells none of a revision that it has compacted to, though it still has it. */
async function memberHash({ name, endpoint }: EtcdMember): Promise<HashRecord | undefined> {
  const answers = await etcdctlJson<readonly [HashAnswer]>(endpoint, 'endpoint', 'hashkv');
  if (answers === undefined) return undefined;
  const { header, hash, compact_revision } = answers[0].HashKV;
  return { record: 'hash', source: name, revision: header.revision, hash: `${hash} since ${compact_revision}` };
}
