import { keyOf, type Pod, uidOf } from '@steersman/api';
import { affinityTermsOf, type PodAffinityTerms } from './affinity-terms.ts';
import { type Requests, requestsOf } from './requests.ts';

/** A port that the pod takes on its node. */
export interface HostPort {
  readonly ip: string;
  readonly protocol: string;
  readonly port: number;
}

/** A pod with what the scheduler needs of it worked out once. */
export interface PodInfo {
  readonly pod: Pod;
  readonly key: string;
  readonly uid: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly priority: number;
  readonly requests: Requests;
  readonly hostPorts: readonly HostPort[];
  readonly affinity: PodAffinityTerms;
  readonly isTerminating: boolean;
}

const NO_LABELS: Readonly<Record<string, string>> = {};
const NO_PORTS: readonly HostPort[] = [];
const ANY_IP = '0.0.0.0';

function hostPortsOf(pod: Pod): readonly HostPort[] {
  const sidecars = (pod.spec.initContainers ?? []).filter((container) => container.restartPolicy === 'Always');
  const ports: HostPort[] = [];
  for (const container of [...pod.spec.containers, ...sidecars]) {
    for (const { hostPort = 0, hostIP = '', protocol = 'TCP' } of container.ports ?? [])
      if (hostPort > 0) ports.push({ ip: hostIP === '' ? ANY_IP : hostIP, protocol, port: hostPort });
  }
  return ports.length === 0 ? NO_PORTS : ports;
}

export function podInfoOf(pod: Pod): PodInfo {
  return {
    pod,
    key: keyOf(pod),
    uid: uidOf(pod),
    namespace: pod.metadata.namespace ?? '',
    labels: pod.metadata.labels ?? NO_LABELS,
    priority: pod.spec.priority ?? 0,
    requests: requestsOf(pod),
    hostPorts: hostPortsOf(pod),
    affinity: affinityTermsOf(pod),
    isTerminating: pod.metadata.deletionTimestamp !== undefined,
  };
}

/** Whether two pods want the same port: an address of 0.0.0.0 is every address. */
export function portsConflict(a: HostPort, b: HostPort): boolean {
  return a.port === b.port && a.protocol === b.protocol && (a.ip === b.ip || a.ip === ANY_IP || b.ip === ANY_IP);
}
