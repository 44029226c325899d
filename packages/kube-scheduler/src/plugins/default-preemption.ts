import { formatTime, isConflict, isNotFound, type PodDisruptionBudget, Resources } from '@steersman/api';
import type { Client, EventRecorder } from '@steersman/client';
import type { Effects } from '@steersman/machinery';
import type { Plugin } from '../contract.ts';
import { planPreemption } from '../preemption/plan.ts';
import { budgetsOf } from '../preemption/victims.ts';
import type { PodInfo } from '../state/pod-info.ts';
import { PLUGIN_NAMES } from './names.ts';

export interface PreemptionDependencies {
  readonly client: Client;
  readonly recorder: EventRecorder;
  readonly effects: Pick<Effects, 'clock' | 'random'>;
  readonly disruptionBudgets: () => readonly PodDisruptionBudget[];
}

/** Makes room for important pods by removing less important ones. */
export function defaultPreemption(dependencies: PreemptionDependencies): Plugin {
  const { client, recorder, effects, disruptionBudgets } = dependencies;
  const pods = client.resource(Resources.pods);

  /** Tells the victim why, then deletes it; gone already is as good. */
  async function evict(victim: PodInfo, schedulerName: string, signal: AbortSignal): Promise<void> {
    const { namespace, name = '' } = victim.pod.metadata;
    const condition = {
      type: 'DisruptionTarget',
      status: 'True',
      reason: 'PreemptionByScheduler',
      message: `${schedulerName}: preempting to accommodate a higher priority pod`,
      lastTransitionTime: formatTime(effects.clock.now()),
    };
    try {
      const body = { status: { conditions: [condition] } };
      await pods.patch({ namespace, name }, { type: 'strategic', body }, { subresource: 'status', signal });
      await pods.delete({ namespace, name }, { preconditions: { uid: victim.uid }, signal });
    } catch (error) {
      if (!isNotFound(error) && !isConflict(error)) throw error;
    }
  }

  return {
    name: PLUGIN_NAMES.defaultPreemption,
    async postFilter(pod, failed, framework, signal) {
      const { cluster, schedulerName } = framework;
      const offset = effects.random.integer(Math.max(1, cluster.nodes.length));
      const plan = planPreemption(framework, pod, failed, budgetsOf(disruptionBudgets()), offset);
      if (plan.kind === 'wait') return { message: plan.message };
      const { node, victims } = plan.candidate;
      // Less important pods that hope for the same node have to look elsewhere.
      for (const other of cluster.nominatedOn(node.name))
        if (other.priority < pod.priority) cluster.nominate(other.uid, undefined);
      cluster.nominate(pod.uid, { pod, nodeName: node.name });
      await Promise.all(
        victims.map(async (victim) => {
          if (!victim.isTerminating) await evict(victim, schedulerName, signal);
          recorder.event(victim.pod, 'Normal', 'Preempted', `Preempted by pod ${pod.uid} on node ${node.name}`);
        }),
      );
      return { nominatedNodeName: node.name };
    },
  };
}
