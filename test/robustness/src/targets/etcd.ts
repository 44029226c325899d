/** Two kube-apiservers on an etcd of three members, each member on a host of its own. */
import { setTimeout as sleep } from 'node:timers/promises';
import { clockJump, killing, pausing, slowing } from '../faults/process-faults.ts';
import { apiClient } from '../traffic/api-client.ts';
import { apiServerUnderTest, makeNamespace, prepareSecrets } from './api-server.ts';
import type { Fault, Target, TargetOptions } from './contract.ts';
import { type EtcdMember, etcdMembers, memberFinals, replacing } from './etcd-member.ts';
import { type Host, makeBridge, makeHost, OUTSIDE_ADDRESS } from './hosts.ts';
import { finalOf } from './lmdb.ts';
import { canSlow } from './small-disk.ts';

const MEMBERS = 3;
const PORTS = [16_443, 16_444];
const CUT_MS_MAX = 5000;

export async function etcdTarget({ work, logs, privileged }: TargetOptions): Promise<Target> {
  if (!privileged) throw new Error('--target=etcd needs root: every member runs on a namespaced host');
  makeBridge();
  const hosts = await Promise.all(Array.from({ length: MEMBERS }, (_, index) => makeHost(index + 1)));
  const members = etcdMembers(hosts, { work, logs });
  const pki = await prepareSecrets(work);
  const storeFlags = [`--etcd-servers=${members.map(({ endpoint }) => endpoint).join(',')}`];
  const servers = PORTS.map((port, index) => apiServerUnderTest(`server-${index}`, port, { logs, pki }, storeFlags));
  const clients = servers.map((server) => apiClient(server.process.name, server.connection));
  const healed = async () => {
    await Promise.all(members.map((member) => member.healthy()));
    await Promise.all(servers.map((server) => server.ready()));
  };
  return {
    clients,
    lacks: ['R6', 'fleeting keys', 'transactions'],
    faults: faultsOf(
      members,
      servers.map((server) => server.process),
    ),
    async start() {
      for (const { process } of members) process.start();
      await Promise.all(members.map((member) => member.healthy()));
      for (const { process } of servers) process.start();
      await healed();
      await makeNamespace(servers[0]!);
    },
    healed,
    async finals() {
      const cached = await Promise.all(clients.map(finalOf));
      await Promise.all(servers.map(({ process }) => process.stop())); // Nobody writes or compacts any more.
      return [...cached, ...(await memberFinals(members))];
    },
    async close() {
      await Promise.all(clients.map((client) => client.close()));
      await Promise.all([...servers, ...members].map(({ process }) => process.kill()));
      for (const host of hosts) host.remove();
    },
  };
}

function faultsOf(members: readonly EtcdMember[], servers: readonly Parameters<typeof killing>[0][]): readonly Fault[] {
  const ofMembers = members.flatMap((member) => {
    const others = members.filter((other) => other !== member);
    return [
      killing(member.process),
      pausing(member.process),
      replacing(member, others),
      ...others.map(({ host }) => cutting(member.host, host.address)),
      cutting(member.host, OUTSIDE_ADDRESS),
      hiding(member.host),
      ...(canSlow ? [slowing(member.process)] : []),
    ];
  });
  return [...ofMembers, ...servers.flatMap((process) => [killing(process), pausing(process), clockJump(process)])];
}

/** The other direction: what the member says to the servers is lost, and what they say to it arrives. */
const hiding = (host: Host): Fault => ({
  name: `${host.address} unheard outside`,
  async inflict(random) {
    const repair = host.muteTo(OUTSIDE_ADDRESS);
    await sleep(500 + random.integer(CUT_MS_MAX));
    return repair();
  },
});

/** One direction only: the host hears nothing from the other, which still hears it. */
const cutting = (host: Host, address: string): Fault => ({
  name: `${host.address} deaf to ${address}`,
  async inflict(random) {
    const repair = host.deafTo(address);
    await sleep(500 + random.integer(CUT_MS_MAX));
    return repair();
  },
});
