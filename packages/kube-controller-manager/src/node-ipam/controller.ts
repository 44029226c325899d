import { isTerminating, type Node, nameOf, Resources } from '@steersman/api';
import type { ControllerManagerConfig } from '../config.ts';
import type { Controller } from '../controller/contract.ts';
import { enqueueOn, objectOf, runLoop } from '../controller/run.ts';
import { nodeInformer } from '../nodes/node-view.ts';
import { type CidrSet, createCidrSet } from './cidr-set.ts';

function setsOf(config: ControllerManagerConfig): readonly CidrSet[] {
  return config.clusterCidrs.map((range) =>
    createCidrSet(range, range.includes(':') ? config.nodeCidrMaskSizeIpv6 : config.nodeCidrMaskSizeIpv4),
  );
}

function rangesOf({ spec }: Node): readonly string[] {
  if (spec.podCIDRs !== undefined && spec.podCIDRs.length > 0) return spec.podCIDRs;
  return spec.podCIDR === undefined || spec.podCIDR === '' ? [] : [spec.podCIDR];
}

/** One block per range; all are given back when one range is full. */
function allocateAll(sets: readonly CidrSet[]): readonly string[] | undefined {
  const given: string[] = [];
  for (const set of sets) {
    const block = set.allocate();
    if (block === undefined) {
      given.forEach((cidr, index) => void sets[index]?.release(cidr));
      return undefined;
    }
    given.push(block);
  }
  return given;
}

/** Gives every node its share of the pod ranges; a node keeps what it has for its life. */
export const nodeIpamController: Controller = {
  name: 'node-ipam-controller',
  alias: 'nodeipam',
  account: 'node-controller',
  async run(context, signal) {
    const { client, informers, config } = context;
    if (!config.allocateNodeCidrs || config.clusterCidrs.length === 0) return;
    const sets = setsOf(config);
    const nodes = nodeInformer(informers);
    const requests = client.resource(Resources.nodes);
    const events = context.events('cidrAllocator');
    const release = (ranges: readonly string[]) => {
      for (const range of ranges) for (const set of sets) set.release(range);
    };

    /** Given to a node whose update has not gone through yet: it gets the same when it is tried again. */
    const pending = new Map<string, readonly string[]>();

    async function assign(name: string): Promise<'on-change'> {
      const node = nodes.get(name) as Node | undefined;
      if (node === undefined || isTerminating(node) || rangesOf(node).length > 0) return 'on-change';
      const podCIDRs = pending.get(name) ?? allocateAll(sets);
      if (podCIDRs === undefined) {
        events.event(node, 'Normal', 'CIDRNotAvailable', `Node ${name} status is now: CIDRNotAvailable`);
        return 'on-change';
      }
      pending.set(name, podCIDRs);
      // The version in the patch refuses a second assignment made from an old copy.
      const metadata = { resourceVersion: node.metadata.resourceVersion };
      const body = { metadata, spec: { podCIDR: podCIDRs[0], podCIDRs } };
      await requests.patch({ name }, { type: 'merge', body }, { signal });
      pending.delete(name);
      return 'on-change';
    }

    await runLoop(
      context,
      {
        name: 'node_ipam',
        reconcile: assign,
        connect: (queue) =>
          enqueueOn(nodes, queue, (change) => {
            const ranges = rangesOf(objectOf(change));
            if (change.kind === 'deleted') {
              const { name = '' } = change.last.metadata;
              release([...ranges, ...(pending.get(name) ?? [])]);
              pending.delete(name);
            } else for (const range of ranges) for (const set of sets) set.occupy(range);
            return [nameOf(objectOf(change))];
          }),
      },
      signal,
    );
  },
};
