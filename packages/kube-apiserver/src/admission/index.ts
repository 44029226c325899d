/** The admission plugins, in upstream's order. */
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
import { runtimeClass } from './runtime-class.ts';
import { serviceAccount } from './service-account.ts';
import { taintNodesByCondition } from './taint-nodes-by-condition.ts';

interface Entry {
  readonly plugin: AdmissionPlugin;
  readonly defaultOn: boolean;
}

const ORDERED: readonly Entry[] = [
  { plugin: namespaceLifecycle, defaultOn: true },
  { plugin: limitRanger, defaultOn: true },
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
];

/** Names that the plugin flags take; others are upstream's but not written yet, or mistyped. */
export const admissionPluginNames: readonly string[] = ORDERED.map(({ plugin }) => plugin.name);

/** What the flags choose, in the order they run. Escalation prevention belongs to RBAC and cannot be switched off. */
export function admissionPlugins(dependencies: ExtensionDependencies): readonly AdmissionPlugin[] {
  const { enableAdmissionPlugins: enabled, disableAdmissionPlugins: disabled } = dependencies.config;
  const chosen = ORDERED.filter(
    ({ plugin, defaultOn }) => (defaultOn || enabled.includes(plugin.name)) && !disabled.includes(plugin.name),
  );
  return [...chosen.map(({ plugin }) => plugin), rbacEscalation(dependencies)];
}
