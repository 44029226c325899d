/** The restricted level: current hardening practice ("Pod Security Standards"). */
import type { Pod, SecurityContext } from '@steersman/api';
import { procMount } from './baseline.ts';
import {
  type Check,
  containersOf,
  containersText,
  isInUserNamespace,
  isWindows,
  namesWhere,
  quoted,
  settersText,
  unique,
} from './check.ts';

const VOLUME_TYPES = new Set([
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'image',
  'persistentVolumeClaim',
  'projected',
  'secret',
]);
/** From this policy version on, pods that say they are for Windows need no Linux settings. */
const WINDOWS_EXEMPT_SINCE = 25;

export const restrictedChecks: readonly Check[] = [
  { id: 'allowPrivilegeEscalation', level: 'restricted', since: 8, find: allowPrivilegeEscalation },
  {
    id: 'capabilities_restricted',
    level: 'restricted',
    since: 22,
    replaces: 'capabilities_baseline',
    find: capabilities,
  },
  { id: 'procMount_restricted', level: 'restricted', since: 35, find: procMount },
  { id: 'restrictedVolumes', level: 'restricted', since: 0, replaces: 'hostPathVolumes', find: volumes },
  { id: 'runAsNonRoot', level: 'restricted', since: 0, find: runAsNonRoot },
  { id: 'runAsUser', level: 'restricted', since: 23, find: runAsUser },
  {
    id: 'seccompProfile_restricted',
    level: 'restricted',
    since: 19,
    replaces: 'seccompProfile_baseline',
    find: seccomp,
  },
];

const isExempt = (pod: Pod, version: number) => version >= WINDOWS_EXEMPT_SINCE && isWindows(pod);

function allowPrivilegeEscalation(pod: Pod, version: number) {
  if (isExempt(pod, version)) return undefined;
  const names = namesWhere(pod, ({ securityContext }) => securityContext?.allowPrivilegeEscalation !== false);
  if (names.length === 0) return undefined;
  return {
    reason: 'allowPrivilegeEscalation != false',
    detail: `${containersText(names)} must set securityContext.allowPrivilegeEscalation=false`,
  };
}

function capabilities(pod: Pod, version: number) {
  if (isExempt(pod, version)) return undefined;
  const added = (context: SecurityContext | undefined) =>
    (context?.capabilities?.add ?? []).filter((name) => name !== 'NET_BIND_SERVICE');
  const keepers = namesWhere(pod, ({ securityContext }) => !securityContext?.capabilities?.drop?.includes('ALL'));
  const adders = namesWhere(pod, ({ securityContext }) => added(securityContext).length > 0);
  if (keepers.length === 0 && adders.length === 0) return undefined;
  const all = unique(containersOf(pod).flatMap(({ securityContext }) => added(securityContext)));
  const details = [
    ...(keepers.length > 0 ? [`${containersText(keepers)} must set securityContext.capabilities.drop=["ALL"]`] : []),
    ...(adders.length > 0
      ? [`${containersText(adders)} must not include ${quoted(all)} in securityContext.capabilities.add`]
      : []),
  ];
  return { reason: 'unrestricted capabilities', detail: details.join('; ') };
}

function volumes({ spec }: Pod) {
  const typeOf = (volume: object) => Object.keys(volume).find((key) => key !== 'name') ?? 'emptyDir';
  const bad = (spec.volumes ?? []).filter((volume) => !VOLUME_TYPES.has(typeOf(volume)));
  if (bad.length === 0) return undefined;
  const types = unique(bad.map(typeOf));
  const subject = `${bad.length === 1 ? 'volume' : 'volumes'} ${quoted(bad.map(({ name }) => name))}`;
  const uses = `${bad.length === 1 ? 'uses' : 'use'} restricted volume ${types.length === 1 ? 'type' : 'types'}`;
  return { reason: 'restricted volume types', detail: `${subject} ${uses} ${quoted(types)}` };
}

function runAsNonRoot(pod: Pod, version: number) {
  if (isInUserNamespace(pod, version)) return undefined;
  const byPod = pod.spec.securityContext?.runAsNonRoot;
  const reason = 'runAsNonRoot != true';
  const roots = namesWhere(pod, ({ securityContext }) => securityContext?.runAsNonRoot === false);
  if (byPod === false || roots.length > 0)
    return { reason, detail: `${settersText(byPod === false, roots)} must not set securityContext.runAsNonRoot=false` };
  if (byPod === true) return undefined;
  const silent = namesWhere(pod, ({ securityContext }) => securityContext?.runAsNonRoot === undefined);
  if (silent.length === 0) return undefined;
  return { reason, detail: `pod or ${containersText(silent)} must set securityContext.runAsNonRoot=true` };
}

function runAsUser(pod: Pod, version: number) {
  if (isInUserNamespace(pod, version)) return undefined;
  const names = namesWhere(pod, ({ securityContext }) => securityContext?.runAsUser === 0);
  const byPod = pod.spec.securityContext?.runAsUser === 0;
  if (!byPod && names.length === 0) return undefined;
  return { reason: 'runAsUser=0', detail: `${settersText(byPod, names)} must not set runAsUser=0` };
}

interface WithSeccomp {
  readonly seccompProfile?: { readonly type: string } | undefined;
}

function seccomp(pod: Pod, version: number) {
  if (isExempt(pod, version)) return undefined;
  const reason = 'seccompProfile';
  const typeOf = (context: WithSeccomp | undefined) => context?.seccompProfile?.type;
  const isBad = (context: WithSeccomp | undefined) =>
    !['RuntimeDefault', 'Localhost', undefined].includes(typeOf(context));
  const byPod = isBad(pod.spec.securityContext);
  const bad = namesWhere(pod, ({ securityContext }) => isBad(securityContext));
  if (byPod || bad.length > 0) {
    const contexts = [pod.spec.securityContext, ...containersOf(pod).map(({ securityContext }) => securityContext)];
    const types = unique(contexts.filter(isBad).map((context) => typeOf(context) ?? ''));
    const detail = `${settersText(byPod, bad)} must not set securityContext.seccompProfile.type to ${quoted(types)}`;
    return { reason, detail };
  }
  if (typeOf(pod.spec.securityContext) !== undefined) return undefined;
  const silent = namesWhere(pod, ({ securityContext }) => typeOf(securityContext) === undefined);
  if (silent.length === 0) return undefined;
  const detail = `pod or ${containersText(silent)} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"`;
  return { reason, detail };
}
