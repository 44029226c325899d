/** Where a pod's cgroup is. */
import { type Pod, uidOf } from '@steersman/api';
import { qosClassOf } from '../pod/qos.ts';
import type { PodCgroups } from './contract.ts';

/** `root` is '' or an absolute path of the cluster's own, such as `/steersman-demo`. */
export function podCgroup(root: string, pod: Pod): string {
  const qos = qosClassOf(pod);
  const tier = qos === 'Guaranteed' ? '' : `/${qos.toLowerCase()}`;
  return `${root === '/' ? '' : root}/kubepods${tier}/pod${uidOf(pod)}`;
}
/** Where it can be, when only the uid is known. */
export const podCgroupsOfUid = (root: string, uid: string): readonly string[] =>
  ['', '/burstable', '/besteffort'].map((tier) => `${root === '/' ? '' : root}/kubepods${tier}/pod${uid}`);

/** For nodes without cgroups: the paths, and nothing behind them. */
export const noCgroups = (root: string): PodCgroups => ({
  parentOf: (pod) => podCgroup(root, pod),
  create: async () => {},
  remove: async () => {},
  removeUid: async () => {},
});
