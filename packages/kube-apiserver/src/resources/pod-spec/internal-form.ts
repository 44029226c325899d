/** Values of core/v1 as upstream prints them: by its internal types, whose pod spec keeps some fields elsewhere. */
import { internalForm as formOf, type PodSpec } from '@steersman/api';

const CORE = 'k8s.io/api/core/v1';
type Json = Readonly<Record<string, unknown>>;

/** `type` is the Go name: `SecurityContext`. */
export function internalForm(value: unknown, type: string): unknown {
  return formOf(value, `${CORE}.${type}`);
}

/** Fields of the API's pod spec that the internal one has in its security context, in its order. */
const IN_CONTEXT = ['HostNetwork', 'HostPID', 'HostIPC', 'ShareProcessNamespace', 'HostUsers'];
const CONTEXT_FIELDS = [
  'SELinuxOptions',
  'WindowsOptions',
  'RunAsUser',
  'RunAsGroup',
  'RunAsNonRoot',
  'SupplementalGroups',
  'SupplementalGroupsPolicy',
  'FSGroup',
  'FSGroupChangePolicy',
  'Sysctls',
  'SeccompProfile',
  'AppArmorProfile',
  'SELinuxChangePolicy',
];
const SPEC_FIELDS = [
  'Volumes',
  'InitContainers',
  'Containers',
  'EphemeralContainers',
  'RestartPolicy',
  'TerminationGracePeriodSeconds',
  'ActiveDeadlineSeconds',
  'DNSPolicy',
  'NodeSelector',
  'ServiceAccountName',
  'AutomountServiceAccountToken',
  'NodeName',
  'SecurityContext',
  'ImagePullSecrets',
  'Hostname',
  'Subdomain',
  'SetHostnameAsFQDN',
  'Affinity',
  'SchedulerName',
  'Tolerations',
  'HostAliases',
  'PriorityClassName',
  'Priority',
  'PreemptionPolicy',
  'DNSConfig',
  'ReadinessGates',
  'RuntimeClassName',
  'Overhead',
  'EnableServiceLinks',
  'TopologySpreadConstraints',
  'OS',
  'SchedulingGates',
  'ResourceClaims',
  'Resources',
  'HostnameOverride',
  'SchedulingGroup',
];

export function internalPodSpec(spec: PodSpec): Json {
  const form = internalForm(spec, 'PodSpec') as Json;
  const context = (form['SecurityContext'] ?? internalForm({}, 'PodSecurityContext')) as Json;
  const SecurityContext = { ...picked(form, IN_CONTEXT), ...picked(context, CONTEXT_FIELDS) };
  return picked({ ...form, SecurityContext }, SPEC_FIELDS);
}

function picked(from: Json, fields: readonly string[]): Json {
  return Object.fromEntries(fields.filter((field) => field in from).map((field) => [field, from[field]]));
}
