/** What a Service says that will not work as it reads. */
import { path, type Service } from '@steersman/api';
import { cidrWarnings, ipWarnings } from '../addresses.ts';

const SPEC = path('spec');
const HINTS = 'service.kubernetes.io/topology-aware-hints';

export function serviceWarnings({ metadata, spec }: Service): string[] {
  const { externalIPs = [], loadBalancerIP = '', loadBalancerSourceRanges = [], type } = spec;
  const headless = type === 'ClusterIP' && spec.clusterIP === 'None';
  const ignored: readonly (readonly [field: string, is: boolean, why: string])[] = [
    ['loadBalancerIP', headless && loadBalancerIP !== '', 'for headless services'],
    ['externalIPs', headless && externalIPs.length > 0, 'for headless services'],
    ['SessionAffinity', headless && spec.sessionAffinity !== 'None', 'for headless services'],
  ];
  const unused: typeof ignored = [
    ['externalIPs', type === 'ExternalName' && externalIPs.length > 0, 'when spec.type is "ExternalName"'],
    [
      'externalName',
      type !== 'ExternalName' && (spec.externalName ?? '') !== '',
      'when spec.type is not "ExternalName"',
    ],
  ];
  const texts = (list: typeof ignored) =>
    list.filter(([, is]) => is).map(([field, , why]) => `${SPEC.child(field)} is ignored ${why}`);
  return [
    ...(metadata.annotations?.[HINTS] === undefined
      ? []
      : [`annotation ${HINTS} is deprecated, please use service.kubernetes.io/topology-mode instead`]),
    ...(headless || type === 'ExternalName' ? [] : addressWarnings(spec.clusterIPs ?? [], 'clusterIPs')),
    ...texts(ignored),
    ...(externalIPs.length > 0 ? ['spec.externalIPs is deprecated'] : []),
    ...addressWarnings(externalIPs, 'externalIPs'),
    ...(loadBalancerIP === '' ? [] : ipWarnings(loadBalancerIP, SPEC.child('loadBalancerIP'))),
    ...loadBalancerSourceRanges.flatMap((range, index) =>
      cidrWarnings(range, SPEC.child('loadBalancerSourceRanges').index(index)),
    ),
    ...texts(unused),
    ...(spec.trafficDistribution === 'PreferClose'
      ? ['spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"']
      : []),
  ];
}

function addressWarnings(addresses: readonly string[], field: string): string[] {
  return addresses.flatMap((address, index) => ipWarnings(address, SPEC.child(field).index(index)));
}

/** Of addresses that a load balancer reports in an odd form. */
export function serviceStatusWarnings({ status }: Service): string[] {
  const at = path('status', 'loadBalancer', 'ingress');
  return (status?.loadBalancer?.ingress ?? []).flatMap(({ ip }, index) => (ip ? ipWarnings(ip, at.index(index)) : []));
}
