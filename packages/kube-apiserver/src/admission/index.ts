/** The admission plugins, in upstream's order. */
import { ConfigurationError } from '../configuration-error.ts';
import type { ExtensionDependencies } from '../registry/subresource-contract.ts';
import {
  certificateApproval,
  certificateSigning,
  certificateSubjectRestriction,
  clusterTrustBundleAttest,
} from './certificates.ts';
import type { AdmissionPlugin } from './contract.ts';
import { defaultIngressClass } from './default-ingress-class.ts';
import { defaultStorageClass } from './default-storage-class.ts';
import { defaultTolerationSeconds } from './default-toleration-seconds.ts';
import { type EventLimit, eventRateLimit } from './event-rate-limit.ts';
import {
  alwaysAdmit,
  alwaysDeny,
  denyServiceExternalIPs,
  namespaceAutoProvision,
  namespaceExists,
} from './everything.ts';
import { limitRanger } from './limit-ranger.ts';
import { namespaceLifecycle } from './namespace-lifecycle.ts';
import { nodeRestriction } from './node-restriction.ts';
import { ownerReferencesPermissionEnforcement } from './owner-references.ts';
import { persistentVolumeClaimResize } from './persistent-volume-claim-resize.ts';
import { podNodeSelector } from './pod-node-selector.ts';
import { alwaysPullImages, extendedResourceToleration, limitPodHardAntiAffinityTopology } from './pod-plugins.ts';
import { podSecuritySettings } from './pod-security/configuration.ts';
import { podSecurity } from './pod-security/plugin.ts';
import { podTolerationRestriction } from './pod-toleration-restriction.ts';
import { podTopologyLabels } from './pod-topology-labels.ts';
import { priority } from './priority.ts';
import { limitedResources } from './quota-limits.ts';
import { rbacEscalation } from './rbac-escalation.ts';
import { resourceQuota } from './resource-quota.ts';
import { runtimeClass } from './runtime-class.ts';
import { serviceAccount } from './service-account.ts';
import { storageObjectInUseProtection } from './storage-object-in-use.ts';
import { taintNodesByCondition } from './taint-nodes-by-condition.ts';

interface Entry {
  readonly plugin: AdmissionPlugin;
  readonly defaultOn: boolean;
}

const on = (plugin: AdmissionPlugin): Entry => ({ plugin, defaultOn: true });
const off = (plugin: AdmissionPlugin): Entry => ({ plugin, defaultOn: false });

/** All plugins in upstream's order. A function, because some ask the authorizer or keep counts of their own. */
function ordered(dependencies: ExtensionDependencies): readonly Entry[] {
  const { authorizer } = dependencies;
  const told = (plugin: string) => dependencies.config.admissionConfiguration?.get(plugin) ?? {};
  return [
    off(alwaysAdmit),
    off(namespaceAutoProvision),
    on(namespaceLifecycle(dependencies)),
    off(namespaceExists),
    off(limitPodHardAntiAffinityTopology),
    on(limitRanger(dependencies)),
    on(serviceAccount),
    off(nodeRestriction),
    on(taintNodesByCondition),
    off(alwaysPullImages),
    on(podSecurity(podSecuritySettings(told('PodSecurity')))),
    off(podNodeSelector((told('PodNodeSelector')['podNodeSelectorPluginConfig'] ?? {}) as Record<string, string>)),
    on(priority),
    on(defaultTolerationSeconds),
    off(podTolerationRestriction(told('PodTolerationRestriction'))),
    off(eventRateLimit((told('EventRateLimit')['limits'] ?? []) as readonly EventLimit[])),
    off(extendedResourceToleration),
    on(defaultStorageClass),
    on(storageObjectInUseProtection),
    off(ownerReferencesPermissionEnforcement(authorizer)),
    on(persistentVolumeClaimResize),
    on(runtimeClass),
    on(certificateApproval(authorizer)),
    on(certificateSigning(authorizer)),
    on(clusterTrustBundleAttest(authorizer)),
    on(certificateSubjectRestriction),
    on(defaultIngressClass),
    off(denyServiceExternalIPs),
    on(podTopologyLabels),
    on(resourceQuota(dependencies, limitedResources(told('ResourceQuota')))), // Nearly last: what another plugin refuses is not charged.
    off(alwaysDeny),
  ];
}

/** Upstream's other plugins: flags may name them, and they do nothing yet. */
const UNWRITTEN = new Set([
  'ImagePolicyWebhook',
  'MutatingAdmissionPolicy',
  'MutatingAdmissionWebhook',
  'NodeDeclaredFeatureValidator',
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
