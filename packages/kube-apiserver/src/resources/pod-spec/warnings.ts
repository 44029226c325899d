/** Warnings that upstream gives on new pods and pod templates: things that are allowed and probably not meant. */
import type { Container, FieldPath, ObjectMeta, Pod, PodAffinity, PodSpec } from '@steersman/api';
import { names, path } from '@steersman/api';
import { ipWarnings } from '../addresses.ts';
import { APPARMOR, SECCOMP_CONTAINER, SECCOMP_POD } from './annotations.ts';
import { quantityOf } from './quantities.ts';
import { type AnyContainer, containersWithPaths } from './visit.ts';
import { volumeWarnings } from './volume-warnings.ts';

const NODE_LABELS: Readonly<Record<string, string>> = {
  'beta.kubernetes.io/arch': 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  'beta.kubernetes.io/os': 'deprecated since v1.14; use "kubernetes.io/os" instead',
  'failure-domain.beta.kubernetes.io/region': 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  'failure-domain.beta.kubernetes.io/zone': 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  'beta.kubernetes.io/instance-type': 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
  'app.kubernetes.io/created-by': 'deprecated since v1.9',
  'scheduler.alpha.kubernetes.io/preferAvoidPods': 'deprecated since v1.22; use Taints and Tolerations instead',
  'node-role.kubernetes.io/master': 'use "node-role.kubernetes.io/control-plane" instead',
};
const ANNOTATIONS: Readonly<Record<string, string>> = {
  'scheduler.alpha.kubernetes.io/critical-pod': 'non-functional in v1.16+; use the "priorityClassName" field instead',
  'security.alpha.kubernetes.io/sysctls': 'non-functional in v1.11+; use the "sysctls" field instead',
  'security.alpha.kubernetes.io/unsafe-sysctls': 'non-functional in v1.11+; use the "sysctls" field instead',
};
const NULL_SELECTOR = 'a null labelSelector results in matching no pod';

/** What a label of nodes that is out of use deserves to be said, if it is one. */
export function nodeLabelWarning(key: string): string | undefined {
  return Object.hasOwn(NODE_LABELS, key) ? NODE_LABELS[key] : undefined;
}

/** Of a template, or of anything with the parts of one; `at` is its path. */
export interface WarnedPod {
  readonly metadata?: Pick<ObjectMeta, 'annotations'> | undefined;
  readonly spec?: PodSpec | undefined;
}

export function podWarnings(pod: WarnedPod): string[] {
  return warningsOf(pod.spec, pod.metadata?.annotations ?? {}, path('metadata', 'annotations'), path('spec'), false);
}

export function podTemplateWarnings(template: WarnedPod | undefined, at: FieldPath): string[] {
  const annotations = template?.metadata?.annotations ?? {};
  return warningsOf(template?.spec, annotations, at.child('metadata', 'annotations'), at.child('spec'), true);
}

/** Of addresses that a kubelet reports in an odd form. */
export function podStatusWarnings({ status }: Pick<Pod, 'status'>): string[] {
  const at = path('status');
  return (['podIPs', 'hostIPs'] as const).flatMap((field) =>
    (status?.[field] ?? []).flatMap(({ ip }, index) => ipWarnings(ip ?? '', at.child(field).index(index).child('ip'))),
  );
}

type Annotations = Readonly<Record<string, string>>;

function warningsOf(
  spec: PodSpec | undefined,
  annotations: Annotations,
  annotationsAt: FieldPath,
  at: FieldPath,
  isTemplate: boolean,
): string[] {
  if (spec === undefined) return [];
  return [
    ...labelWarnings(spec, at),
    ...Object.entries(ANNOTATIONS).flatMap(([key, advice]) =>
      annotations[key] === undefined ? [] : [`${annotationsAt.key(key)}: ${advice}`],
    ),
    ...volumeWarnings(spec.volumes, at.child('volumes')),
    ...repeated(spec.hostAliases, at.child('hostAliases'), 'ip'),
    ...repeated(spec.imagePullSecrets, at.child('imagePullSecrets'), 'name'),
    ...(spec.imagePullSecrets ?? []).flatMap(({ name }, index) =>
      name ? [] : [`${at.child('imagePullSecrets').index(index).child('name')}: invalid empty name ""`],
    ),
    ...fractions(spec.overhead, at.child('overhead')),
    ...seccompWarnings(spec.securityContext, annotations, SECCOMP_POD, annotationsAt),
    ...containersWithPaths(spec, at).flatMap(({ container, at: where }) => [
      ...seccompWarnings(container.securityContext, annotations, SECCOMP_CONTAINER + container.name, annotationsAt),
      ...(isTemplate ? appArmorWarnings(spec, container, annotations, annotationsAt) : []),
      ...resourceWarnings(container, where.child('resources')),
      ...envWarnings(container.env, where.child('env')),
    ]),
    ...portWarnings(spec, at),
    ...graceWarnings(spec, at),
    ...affinityWarnings(spec.affinity?.podAffinity, at.child('affinity', 'podAffinity')),
    ...affinityWarnings(spec.affinity?.podAntiAffinity, at.child('affinity', 'podAntiAffinity')),
    ...addressWarnings(spec, at),
  ];
}

/** Labels of nodes that have gone out of use, wherever the spec names them. */
function labelWarnings(spec: PodSpec, at: FieldPath): string[] {
  const affinity = spec.affinity?.nodeAffinity;
  const affinityAt = at.child('affinity', 'nodeAffinity');
  const hardAt = affinityAt.child('requiredDuringSchedulingIgnoredDuringExecution', 'nodeSelectorTerms');
  const softAt = affinityAt.child('preferredDuringSchedulingIgnoredDuringExecution');
  return [
    ...Object.keys(spec.nodeSelector ?? {}).flatMap((key) => {
      const advice = nodeLabelWarning(key);
      return advice === undefined ? [] : [`${at.child('nodeSelector').key(key)}: ${advice}`];
    }),
    ...(affinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? []).flatMap((term, index) =>
      termWarnings(term, false, hardAt.index(index)),
    ),
    ...(affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).flatMap(({ preference }, index) =>
      termWarnings(preference, true, softAt.index(index).child('preference')),
    ),
    ...(spec.topologySpreadConstraints ?? []).flatMap(({ topologyKey, labelSelector }, index) => {
      const where = at.child('topologySpreadConstraints').index(index);
      const advice = nodeLabelWarning(topologyKey);
      return [
        ...(advice === undefined ? [] : [`${where.child('topologyKey')}: ${topologyKey} is ${advice}`]),
        ...(labelSelector === undefined ? [`${where.child('labelSelector')}: ${NULL_SELECTOR}`] : []),
      ];
    }),
  ];
}

interface NodeTerm {
  readonly matchExpressions?:
    | readonly { readonly key: string; readonly values?: readonly string[] | undefined }[]
    | undefined;
}

/** `values`: a preference takes malformed values, which match nothing. */
export function termWarnings({ matchExpressions = [] }: NodeTerm, values: boolean, at: FieldPath): string[] {
  return matchExpressions.flatMap((expression, index) => {
    const where = at.child('matchExpressions').index(index);
    const advice = nodeLabelWarning(expression.key);
    return [
      ...(advice === undefined ? [] : [`${where.child('key')}: ${expression.key} is ${advice}`]),
      ...(values ? (expression.values ?? []) : []).flatMap((value, valueIndex) =>
        names
          .labelValue(value)
          .map((message) => `${where.child('values').index(valueIndex)}: ${value} is invalid, ${message}`),
      ),
    ];
  });
}

function repeated<K extends string>(
  items: readonly Readonly<Partial<Record<K, string | undefined>>>[] = [],
  at: FieldPath,
  field: K,
): string[] {
  const seen = new Set<string>();
  return items.flatMap((item, index) => {
    const value = item[field] ?? '';
    if (seen.has(value)) return [`${at.index(index).child(field)}: duplicate ${field} ${JSON.stringify(value)}`];
    seen.add(value);
    return [];
  });
}

type Amounts = Readonly<Record<string, string>> | undefined;

/** Bytes cannot be divided. */
function fractions(amounts: Amounts, at: FieldPath): string[] {
  return ['memory', 'ephemeral-storage'].flatMap((name) => fraction(amounts, name, at));
}

/** The warning for one resource that is counted in bytes. */
export function fraction(amounts: Amounts, name: string, at: FieldPath): string[] {
  const quantity = quantityOf(amounts?.[name]);
  if (quantity === undefined || quantity.milliValue() % 1000n === 0n) return [];
  return [`${at.key(name)}: fractional byte value "${quantity}" is invalid, must be an integer`];
}

function resourceWarnings({ resources }: AnyContainer, at: FieldPath): string[] {
  return ['memory', 'ephemeral-storage'].flatMap((name) => [
    ...fraction(resources?.limits, name, at.child('limits')),
    ...fraction(resources?.requests, name, at.child('requests')),
  ]);
}

function seccompWarnings(
  context: { readonly seccompProfile?: object | undefined } | undefined,
  annotations: Annotations,
  key: string,
  at: FieldPath,
): string[] {
  if (context?.seccompProfile !== undefined || annotations[key] === undefined) return [];
  return [`${at.key(key)}: non-functional in v1.27+; use the "seccompProfile" field instead`];
}

function appArmorWarnings(spec: PodSpec, container: AnyContainer, annotations: Annotations, at: FieldPath): string[] {
  const key = APPARMOR + container.name;
  const profile = container.securityContext?.appArmorProfile ?? spec.securityContext?.appArmorProfile;
  if (profile !== undefined || annotations[key] === undefined) return [];
  return [appArmorDeprecated(at.key(key))];
}

export function appArmorDeprecated(at: FieldPath): string {
  return `${at}: deprecated since v1.30; use the "appArmorProfile" field instead`;
}

/** A later definition that refers to the earlier one extends it: that is meant. */
function envWarnings(env: Container['env'], at: FieldPath): string[] {
  const seen = new Set<string>();
  return (env ?? []).flatMap(({ name, value = '', valueFrom }, index) => {
    const reference = `$(${name})`;
    const extended = valueFrom === undefined && value !== reference && value.includes(reference);
    const hides = seen.has(name) && !extended;
    seen.add(name);
    if (!hides) return [];
    const text = `hides previous definition of ${JSON.stringify(name)}, which may be dropped when using apply`;
    return [`${at.index(index)}: ${text}`];
  });
}

type Port = NonNullable<Container['ports']>[number];

function portWarnings(spec: PodSpec, at: FieldPath): string[] {
  const seen = new Map<string, { readonly port: Port; readonly at: FieldPath }[]>();
  const ports = containersWithPaths(spec, at).flatMap(({ container, at: where }) =>
    (container.ports ?? []).map((port, index) => ({ port, at: where.child('ports').index(index) })),
  );
  return ports.flatMap((own) => {
    const key = `${own.port.containerPort}/${own.port.protocol ?? ''}`;
    const others = seen.get(key) ?? [];
    const clashes = others.flatMap((other) => {
      const clash = clashOf(own.port, other.port);
      return clash === undefined ? [] : [`${own.at}: ${clash} port definition with ${other.at}`];
    });
    seen.set(key, [...others, own]);
    return [...hostIpWarnings(own.port, own.at), ...clashes];
  });
}

function hostIpWarnings(port: Port, at: FieldPath): string[] {
  if (!port.hostIP || port.hostPort) return [];
  const shown = `{Name:${port.name ?? ''} HostPort:0 ContainerPort:${port.containerPort} Protocol:${port.protocol ?? ''} HostIP:${port.hostIP}}`;
  return [`${at}: hostIP set without hostPort: ${shown}`];
}

function clashOf(own: Port, other: Port): string | undefined {
  const [ip, otherIp] = [own.hostIP ?? '', other.hostIP ?? ''];
  const [port, otherPort] = [own.hostPort ?? 0, other.hostPort ?? 0];
  if (ip === otherIp && port === otherPort) return 'duplicate';
  if (port === 0 || otherPort === 0) return 'overlapping';
  return port === otherPort && (ip === '') !== (otherIp === '') ? 'dangerously ambiguous' : undefined;
}

function graceWarnings(spec: PodSpec, at: FieldPath): string[] {
  if ((spec.terminationGracePeriodSeconds ?? 0) >= 0) return [];
  const where = at.child('terminationGracePeriodSeconds');
  return [`${where}: must be >= 0; negative values are invalid and will be treated as 1`];
}

function affinityWarnings(affinity: PodAffinity | undefined, at: FieldPath): string[] {
  const hardAt = at.child('requiredDuringSchedulingIgnoredDuringExecution');
  const softAt = at.child('preferredDuringSchedulingIgnoredDuringExecution');
  const warn = (selector: object | undefined, where: FieldPath) =>
    selector === undefined ? [`${where.child('labelSelector')}: ${NULL_SELECTOR}`] : [];
  return [
    ...(affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).flatMap(({ labelSelector }, index) =>
      warn(labelSelector, hardAt.index(index)),
    ),
    ...(affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).flatMap(({ podAffinityTerm }, index) =>
      warn(podAffinityTerm.labelSelector, softAt.index(index).child('podAffinityTerm')),
    ),
  ];
}

function addressWarnings(spec: PodSpec, at: FieldPath): string[] {
  return [
    ...(spec.dnsConfig?.nameservers ?? []).flatMap((address, index) =>
      ipWarnings(address, at.child('dnsConfig', 'nameservers').index(index)),
    ),
    ...(spec.hostAliases ?? []).flatMap(({ ip }, index) =>
      ipWarnings(ip, at.child('hostAliases').index(index).child('ip')),
    ),
  ];
}
