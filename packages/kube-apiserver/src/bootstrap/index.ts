/** What every new cluster starts with. One list per resource and only the missing writes, so that a restart writes nothing. */
import { type ConfigMap, type Namespace, Resources } from '@steersman/api';
import { startRepairs } from '../allocators/repair.ts';
import { reportDangling } from '../flow-control/dangling.ts';
import { electionHook } from '../peers/election-controller.ts';
import { collectIdentities, type Identity, keepIdentity, serverIdOf } from '../peers/identity.ts';
import { peerAddressOf } from '../peers/peer-address.ts';
import type { PostStartContext, PostStartHook } from '../post-start-hook.ts';
import type { ExtensionDependencies } from '../registry/subresource-contract.ts';
import { authenticationInfo } from './authentication-info.ts';
import { ensureAll } from './ensure.ts';
import { ensureFlowControl, keepFlowControl } from './flow-control.ts';
import { ensureServiceCidr, startKubernetesService } from './kubernetes-service.ts';
import { priorityClasses } from './priority-classes.ts';
import { ensureClusterRoles, ensureNamespacedRoles } from './rbac.ts';
import { aggregateForEver } from './role-aggregation.ts';

const SYSTEM_NAMESPACES = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];

export function postStartHooks(_dependencies: ExtensionDependencies): readonly PostStartHook[] {
  // Hooks run at the same time; those that write into a namespace wait for this one.
  let namespaces: Promise<void> | undefined;
  const ensureNamespaces = ({ client }: PostStartContext): Promise<void> =>
    (namespaces ??= ensureAll(client, Resources.namespaces, SYSTEM_NAMESPACES.map(namespaceOf)));
  return [
    { name: 'start-system-namespaces-controller', run: ensureNamespaces },
    {
      name: 'rbac/bootstrap-roles',
      async run(context) {
        const { client, effects, featureGates, signal } = context;
        await Promise.all([
          ensureClusterRoles(client, featureGates),
          ensureNamespaces(context).then(() => ensureNamespacedRoles(client)),
        ]);
        void aggregateForEver(client, effects, signal);
      },
    },
    {
      name: 'scheduling/bootstrap-system-priority-classes',
      run: ({ client }) => ensureAll(client, Resources.priorityClasses, priorityClasses),
    },
    {
      name: 'priority-and-fairness-config-producer',
      async run({ client, effects, signal }) {
        await ensureFlowControl(client);
        void keepFlowControl(client, effects, signal);
        await reportDangling(client, effects.clock);
      },
    },
    { name: 'start-kubernetes-service-cidr-controller', run: ensureServiceCidr },
    {
      name: 'start-service-ip-repair-controllers',
      run: startRepairs,
    },
    {
      name: 'bootstrap-controller',
      async run(context) {
        await ensureNamespaces(context);
        await startKubernetesService(context);
      },
    },
    {
      name: 'start-kube-apiserver-identity-lease-controller',
      async run(context) {
        if (!context.featureGates.enabled('APIServerIdentity')) return;
        await ensureNamespaces(context);
        void keepIdentity(context, identityOf(context));
      },
    },
    {
      name: 'start-kube-apiserver-identity-lease-garbage-collector',
      async run(context) {
        if (context.featureGates.enabled('APIServerIdentity')) void collectIdentities(context);
      },
    },
    electionHook,
    {
      name: 'start-cluster-authentication-info-controller',
      run: (context) =>
        ensureNamespaces(context).then(() =>
          ensureAll(context.client, Resources.configMaps, [authenticationInfo(context)], (existing, wanted) =>
            mergeData(existing, wanted),
          ),
        ),
    },
  ];
}

function identityOf({ config, effects, featureGates }: PostStartContext): Identity {
  const { hostname } = config;
  const peerAddress = featureGates.enabled('UnknownVersionInteroperabilityProxy') ? peerAddressOf(config) : undefined;
  return { hostname, holder: `${serverIdOf(hostname)}_${effects.random.uuid()}`, peerAddress };
}

function namespaceOf(name: string): Namespace {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name }, spec: {} };
}

function mergeData(existing: ConfigMap, wanted: ConfigMap): ConfigMap | undefined {
  const missing = Object.entries(wanted.data ?? {}).filter(([key, value]) => existing.data?.[key] !== value);
  return missing.length === 0 ? undefined : { ...existing, data: { ...existing.data, ...Object.fromEntries(missing) } };
}
