/** The admission plugins, in upstream's order. */
import { ConfigurationError } from '../configuration-error.ts';
import type { ExtensionDependencies } from '../registry/subresource-contract.ts';
import type { AdmissionPlugin } from './contract.ts';
import { defaultIngressClass } from './default-ingress-class.ts';
import { defaultStorageClass } from './default-storage-class.ts';
import { defaultTolerationSeconds } from './default-toleration-seconds.ts';
import { limitRanger } from './limit-ranger.ts';
import { namespaceLifecycle } from './namespace-lifecycle.ts';
import { nodeRestriction } from './node-restriction.ts';
import { persistentVolumeClaimResize } from './persistent-volume-claim-resize.ts';
import { podSecurity } from './pod-security/plugin.ts';
import { priority } from './priority.ts';
import { rbacEscalation } from './rbac-escalation.ts';
import { resourceQuota } from './resource-quota.ts';
import { runtimeClass } from './runtime-class.ts';
import { serviceAccount } from './service-account.ts';
import { taintNodesByCondition } from './taint-nodes-by-condition.ts';

interface Entry {
  readonly plugin: AdmissionPlugin;
  readonly defaultOn: boolean;
}

/** A function, because one of them keeps its own order of requests. */
const ordered = (dependencies: ExtensionDependencies): readonly Entry[] => [
  { plugin: namespaceLifecycle(dependencies), defaultOn: true },
  { plugin: limitRanger(dependencies), defaultOn: true },
  { plugin: serviceAccount, defaultOn: true },
  { plugin: nodeRestriction, defaultOn: false },
  { plugin: taintNodesByCondition, defaultOn: true },
  { plugin: podSecurity, defaultOn: true },
  { plugin: priority, defaultOn: true },
  { plugin: defaultTolerationSeconds, defaultOn: true },
  { plugin: defaultStorageClass, defaultOn: true },
  { plugin: persistentVolumeClaimResize, defaultOn: true },
  { plugin: runtimeClass, defaultOn: true },
  { plugin: defaultIngressClass, defaultOn: true },
  { plugin: resourceQuota(dependencies), defaultOn: true }, // Last: what another plugin refuses is not charged.
];

/** Upstream's other plugins: flags may name them, and they do nothing yet. */
const UNWRITTEN = new Set([
  'AlwaysAdmit',
  'AlwaysDeny',
  'AlwaysPullImages',
  'CertificateApproval',
  'CertificateSigning',
  'CertificateSubjectRestriction',
  'ClusterTrustBundleAttest',
  'DenyServiceExternalIPs',
  'EventRateLimit',
  'ExtendedResourceToleration',
  'ImagePolicyWebhook',
  'LimitPodHardAntiAffinityTopology',
  'MutatingAdmissionPolicy',
  'MutatingAdmissionWebhook',
  'NamespaceAutoProvision',
  'NamespaceExists',
  'OwnerReferencesPermissionEnforcement',
  'PodNodeSelector',
  'PodTolerationRestriction',
  'PodTopologyLabels',
  'StorageObjectInUseProtection',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionWebhook',
]);

/**
 * What the flags choose, in the order they run; throws ConfigurationError for a name that upstream does not know either.
 * Escalation prevention belongs to RBAC and cannot be switched off.
 */
export function admissionPlugins(dependencies: ExtensionDependencies): readonly AdmissionPlugin[] {
  const { enableAdmissionPlugins: enabled, disableAdmissionPlugins: disabled } = dependencies.config;
  const entries = ordered(dependencies);
  checkNames('enable-admission-plugins', enabled, entries);
  checkNames('disable-admission-plugins', disabled, entries);
  for (const name of enabled.filter((wanted) => UNWRITTEN.has(wanted))) {
    dependencies.effects.log.warn('an admission plugin was asked for that does nothing yet', { plugin: name });
  }
  const chosen = entries.filter(
    ({ plugin, defaultOn }) => (defaultOn || enabled.includes(plugin.name)) && !disabled.includes(plugin.name),
  );
  return [...chosen.map(({ plugin }) => plugin), rbacEscalation(dependencies)];
}

function checkNames(flag: string, names: readonly string[], entries: readonly Entry[]): void {
  const unknown = names.find((name) => !UNWRITTEN.has(name) && !entries.some(({ plugin }) => plugin.name === name));
  if (unknown !== undefined)
    throw new ConfigurationError(
      'bad-flag',
      `${flag} plugin ${JSON.stringify(unknown)} is unknown; check its spelling`,
    );
}
