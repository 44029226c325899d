/** The restricted level: current hardening practice ("Pod Security Standards"). */
import type { Pod, SecurityContext } from '@steersman/api';
import { type Check, containersOf, containersText, isWindows, namesWhere, quoted, unique } from './check.ts';

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

function runAsNonRoot(pod: Pod) {
  const byPod = pod.spec.securityContext?.runAsNonRoot;
  const roots = namesWhere(pod, ({ securityContext }) => securityContext?.runAsNonRoot === false);
  const silent =
    byPod === true ? [] : namesWhere(pod, ({ securityContext }) => securityContext?.runAsNonRoot === undefined);
  if (roots.length === 0 && silent.length === 0) return undefined;
  const reason = 'runAsNonRoot != true';
  const details: string[] = [];
  if (byPod === false) details.push('pod must not set securityContext.runAsNonRoot=false');
  if (roots.length > 0) details.push(`${containersText(roots)} must not set securityContext.runAsNonRoot=false`);
  if (silent.length > 0 && byPod === undefined)
    details.push(`pod or ${containersText(silent)} must set securityContext.runAsNonRoot=true`);
  return { reason, detail: details.join('; ') };
}

function runAsUser(pod: Pod) {
  const names = namesWhere(pod, ({ securityContext }) => securityContext?.runAsUser === 0);
  const byPod = pod.spec.securityContext?.runAsUser === 0;
  if (!byPod && names.length === 0) return undefined;
  const who = [...(byPod ? ['pod'] : []), ...(names.length > 0 ? [containersText(names)] : [])].join(' and ');
  return { reason: 'runAsUser=0', detail: `${who} must not set runAsUser=0` };
}

function seccomp(pod: Pod, version: number) {
  if (isExempt(pod, version)) return undefined;
  const typeOf = (context: { readonly seccompProfile?: { readonly type: string } | undefined } | undefined) =>
    context?.seccompProfile?.type;
  const good = (type: string | undefined) => type === 'RuntimeDefault' || type === 'Localhost';
  const podType = typeOf(pod.spec.securityContext);
  const bad = namesWhere(
    pod,
    ({ securityContext }) => typeOf(securityContext) !== undefined && !good(typeOf(securityContext)),
  );
  const silent = good(podType) ? [] : namesWhere(pod, ({ securityContext }) => typeOf(securityContext) === undefined);
  const podBad = podType !== undefined && !good(podType);
  if (bad.length === 0 && silent.length === 0 && !podBad) return undefined;
  const details: string[] = [];
  const badTypes = unique([
    ...(podBad ? [podType] : []),
    ...containersOf(pod).flatMap(({ securityContext }) =>
      bad.length > 0 && typeOf(securityContext) && !good(typeOf(securityContext))
        ? [typeOf(securityContext) ?? '']
        : [],
    ),
  ]);
  const who = [...(podBad ? ['pod'] : []), ...(bad.length > 0 ? [containersText(bad)] : [])].join(' and ');
  if (who !== '') details.push(`${who} must not set securityContext.seccompProfile.type to ${quoted(badTypes)}`);
  if (silent.length > 0 && !podBad)
    details.push(
      `pod or ${containersText(silent)} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"`,
    );
  return { reason: 'seccompProfile', detail: details.join('; ') };
}
