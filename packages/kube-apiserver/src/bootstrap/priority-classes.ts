/** The two priority classes of the system. */
import type { PriorityClass } from '@steersman/api';
import { SYSTEM_PRIORITIES } from '../resources/scheduling/priority-class.ts';

const DESCRIPTIONS: Readonly<Record<string, string>> = {
  'system-node-critical': 'For pods that the node needs and that cannot run elsewhere.',
  'system-cluster-critical': 'For pods that the cluster needs and that can run on any node.',
};

export const priorityClasses: readonly PriorityClass[] = Object.entries(SYSTEM_PRIORITIES).map(([name, value]) => ({
  apiVersion: 'scheduling.k8s.io/v1',
  kind: 'PriorityClass',
  metadata: { name },
  value,
  description: DESCRIPTIONS[name] ?? '',
}));
