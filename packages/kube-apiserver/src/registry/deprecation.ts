import type { ApiLifecycle, ResourceInfo } from '@steersman/api';
import { VERSION } from '@steersman/server';

/** Kinds of core/v1 whose deprecation is written by hand upstream, so that the facts do not have it. */
const BY_HAND: Readonly<Record<string, ApiLifecycle>> = {
  '/v1/ComponentStatus': { deprecated: '1.19' },
  '/v1/Endpoints': { deprecated: '1.33', replacement: 'discovery.k8s.io/v1.EndpointSlice' },
};

/** `1.36` as a number that compares. */
function releaseNumber(release: string): number {
  const [major = 0, minor = 0] = release.split('.').map(Number);
  return major * 1000 + minor;
}

/** When a version that is deprecated by this release became so and is served no more; undefined for the others. */
export function deprecatedLifecycle({ group, version, kind, ...row }: ResourceInfo): ApiLifecycle | undefined {
  const lifecycle = BY_HAND[`${group}/${version}/${kind}`] ?? row.lifecycle;
  if (lifecycle?.deprecated === undefined) return undefined;
  const released = releaseNumber(lifecycle.deprecated) <= releaseNumber(`${VERSION.major}.${VERSION.minor}`);
  return released ? lifecycle : undefined;
}

/** Upstream's warning about a version that is deprecated by this release; undefined for the others. */
export function deprecationOf(info: ResourceInfo): string | undefined {
  const { group, version, kind } = info;
  const lifecycle = deprecatedLifecycle(info);
  if (lifecycle === undefined) return undefined;
  const since = lifecycle.deprecated;
  const gone = lifecycle.removed === undefined ? '' : `, unavailable in v${lifecycle.removed}+`;
  const instead =
    lifecycle.replacement === undefined ? '' : `; use ${lifecycle.replacement.replace(/\.(?=[A-Z])/, ' ')}`;
  return `${group === '' ? '' : `${group}/`}${version} ${kind} is deprecated in v${since}+${gone}${instead}`;
}
