/** Whether the node takes a pod that was bound to it: the scheduler may have decided on old knowledge, static pods ask nobody. Pure. */
import { type Node, nodeMatcherOf, type Pod, parseQuantity, type Taint, untoleratedTaint } from '@steersman/api';
import { isMirrored } from '../sources/static-pod.ts';
import { plus, podRequests } from './pod-requests.ts';
import { sysctlFault } from './sysctls.ts';

export interface Refusal {
  readonly reason: string;
  readonly message: string;
}
const refuse = (reason: string, message: string): Refusal => ({ reason, message: `Pod was rejected: ${message}` });

/** `others` are the pods that the node already has and that have not ended. Undefined: the pod is taken. */
export function admitPod(pod: Pod, others: readonly Pod[], node: Node): Refusal | undefined {
  const sysctl = sysctlFault(pod);
  if (sysctl !== undefined) return refuse('SysctlForbidden', sysctl);
  const allocatable = node.status?.allocatable ?? {};
  const short = lackingResource(pod, others, allocatable);
  if (short !== undefined) return short;
  const { name, labels } = node.metadata;
  if (nodeMatcherOf(pod.spec)?.({ name: name ?? '', labels }) === false)
    return refuse('NodeAffinity', "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector");
  if (portsTaken(pod, others))
    return refuse(
      'NodePorts',
      "Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports",
    );
  if (!isMirrored(pod) && untoleratedTaint(node.spec?.taints, pod.spec.tolerations, evicts) !== undefined)
    return refuse(
      'TaintToleration',
      'Predicate TaintToleration failed: node(s) had taints that the pod does not tolerate',
    );
  return undefined;
}

function lackingResource(
  pod: Pod,
  others: readonly Pod[],
  allocatable: Readonly<Record<string, string>>,
): Refusal | undefined {
  const podsMax = Number(allocatable['pods'] ?? Number.POSITIVE_INFINITY);
  if (others.length + 1 > podsMax)
    return refuse(
      'OutOfpods',
      `Node didn't have enough resource: pods, requested: 1, used: ${others.length}, capacity: ${podsMax}`,
    );
  const wanted = podRequests(pod);
  if (![...wanted.values()].some((each) => each.sign() > 0)) return undefined;
  const used = others.map(podRequests).reduce(plus, new Map());
  for (const [name, amount] of wanted) {
    if (amount.sign() === 0) continue;
    const capacity = parseQuantity(allocatable[name] ?? '0');
    const already = used.get(name) ?? parseQuantity('0');
    if (already.add(amount).compare(capacity) <= 0) continue;
    const shown = (quantity: typeof amount) => String(name === 'cpu' ? quantity.milliValue() : quantity.value());
    return refuse(
      `OutOf${name}`,
      `Node didn't have enough resource: ${name}, requested: ${shown(amount)}, used: ${shown(already)}, capacity: ${shown(capacity)}`,
    );
  }
  return undefined;
}

function portsTaken(pod: Pod, others: readonly Pod[]): boolean {
  const wanted = hostPorts(pod);
  if (wanted.length === 0) return false;
  return others
    .flatMap(hostPorts)
    .some((taken) =>
      wanted.some(
        (port) => port.port === taken.port && port.protocol === taken.protocol && overlaps(port.ip, taken.ip),
      ),
    );
}
const ANY = '0.0.0.0';
const overlaps = (a: string, b: string): boolean => a === b || a === ANY || b === ANY;
const hostPorts = ({ spec }: Pod) =>
  spec.containers.flatMap(({ ports = [] }) =>
    ports
      .filter(({ hostPort }) => (hostPort ?? 0) > 0)
      .map((each) => ({ port: each.hostPort, protocol: each.protocol ?? 'TCP', ip: each.hostIP || ANY })),
  );

/** Only NoExecute taints concern pods that are already bound. */
const evicts = ({ effect }: Taint) => effect === 'NoExecute';
