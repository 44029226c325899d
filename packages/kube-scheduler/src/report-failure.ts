import { formatTime, isNotFound, type Pod, Resources } from '@steersman/api';
import type { Client, EventRecorder } from '@steersman/client';
import type { Effects } from '@steersman/machinery';

export interface FailureReport {
  readonly pod: Pod;
  readonly reason: 'Unschedulable' | 'SchedulerError';
  readonly message: string;
  readonly nominatedNodeName?: string;
}

/** Tells the pod's owner why it waits: a FailedScheduling event and the PodScheduled condition. Never throws. */
export type ReportFailure = (report: FailureReport) => Promise<void>;

export function createReportFailure(client: Client, recorder: EventRecorder, effects: Effects): ReportFailure {
  const pods = client.resource(Resources.pods);
  return async ({ pod, reason, message, nominatedNodeName }) => {
    recorder.event(pod, 'Warning', 'FailedScheduling', message);
    const before = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled');
    const isTold = before?.status === 'False' && before.reason === reason && before.message === message;
    if (isTold && nominatedNodeName === undefined) return;
    const lastTransitionTime = before?.status === 'False' ? before.lastTransitionTime : formatTime(effects.clock.now());
    const condition = { type: 'PodScheduled', status: 'False', reason, message, lastTransitionTime };
    const status = { conditions: [condition], ...(nominatedNodeName !== undefined && { nominatedNodeName }) };
    const { namespace, name = '' } = pod.metadata;
    try {
      await pods.patch({ namespace, name }, { type: 'strategic', body: { status } }, { subresource: 'status' });
    } catch (error) {
      if (!isNotFound(error)) effects.log.warn('Cannot write why a pod waits', { pod: `${namespace}/${name}`, error });
    }
  };
}
