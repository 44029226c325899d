/**
 * `--runtime-config`: which API versions and resources are on.
 */
import { type ResourceInfo, resourceTable } from '@steersman/api';
import type { FeatureGates } from '@steersman/server';
import { ConfigurationError } from './configuration-error.ts';

const EVERYTHING = 'api/all';
/** Switches over many versions, from the widest to the narrowest: the last that matches decides. */
const STAGES: readonly (readonly [key: string, matches: RegExp])[] = [
  [EVERYTHING, /^/],
  ['api/ga', /^v\d+$/],
  ['api/beta', /^v\d+beta\d+$/],
  ['api/alpha', /^v\d+alpha\d+$/],
];
/** Resources that exist only while their feature gate is on, whatever their version. */
const GATES: Readonly<Record<string, string>> = {
  'certificates.k8s.io/clustertrustbundles': 'ClusterTrustBundle',
  'certificates.k8s.io/podcertificaterequests': 'PodCertificateRequest',
};
const TRUE = new Set(['', '1', 't', 'T', 'TRUE', 'true', 'True']);
const FALSE = new Set(['0', 'f', 'F', 'FALSE', 'false', 'False']);

/** Which resources are on. Throws ConfigurationError, in upstream's words, for switches that make no sense. */
export function enabledBy(
  runtimeConfig: ReadonlyMap<string, string>,
  gates: Pick<FeatureGates, 'enabled'>,
): (info: ResourceInfo) => boolean {
  const switches = checked(runtimeConfig);
  return (info) => {
    const gate = GATES[`${info.group}/${info.plural}`];
    if (gate !== undefined && !gates.enabled(gate)) return false;
    const version = `${info.group}/${info.version}`;
    const exact = switches.get(`${version}/${info.plural}`) ?? switches.get(version);
    return exact ?? byStage(switches, info.version) ?? info.defaultEnabled;
  };
}

function byStage(switches: ReadonlyMap<string, boolean>, version: string): boolean | undefined {
  let decision: boolean | undefined;
  for (const [key, matches] of STAGES) if (matches.test(version)) decision = switches.get(key) ?? decision;
  return decision;
}

function checked(runtimeConfig: ReadonlyMap<string, string>): ReadonlyMap<string, boolean> {
  if (runtimeConfig.size === 1 && runtimeConfig.get(EVERYTHING) === 'false')
    throw refused(`invalid runtime-config with only ${EVERYTHING}=false`);
  const versions = new Set(resourceTable.map(({ group, version }) => `${group}/${version}`));
  const groups = new Set(resourceTable.map(({ group }) => group));
  const switches = new Map<string, boolean>();
  const unknown = new Set<string>();
  for (const [key, text] of runtimeConfig) {
    const stage = STAGES.some(([name]) => name === key);
    const [group = '', version, resource, ...more] = key.split('/');
    if (!stage && (version === undefined || more.length > 0)) throw refused(`runtime-config invalid key ${key}`);
    const core = group === 'api' && version === 'v1';
    const name = core ? key.slice('api'.length) : key;
    if (!stage && !core && !groups.has(group)) unknown.add(`${group}/${version}`);
    else if (!stage && !core && !versions.has(`${group}/${version}`))
      throw refused(`group version ${group}/${version} that has not been registered`);
    if (resource !== undefined && resource !== resource.toLowerCase())
      throw refused(
        `invalid key ${key}: group/version/resource and resource is always lowercase plural, not ${JSON.stringify(resource)}`,
      );
    switches.set(name, booleanOf(key, text, stage));
  }
  if (unknown.size > 0) throw refused(`unknown api groups ${[...unknown].sort().join(',')}`);
  return switches;
}

function booleanOf(key: string, text: string, stage: boolean): boolean {
  const bare = stage && text !== 'true' && text !== 'false';
  if (bare) throw refused(`invalid value ${key}=${text}`);
  if (TRUE.has(text)) return true;
  if (FALSE.has(text)) return false;
  throw refused(
    `invalid value of ${key}: ${text}, err: strconv.ParseBool: parsing ${JSON.stringify(text)}: invalid syntax`,
  );
}

function refused(message: string): ConfigurationError {
  return new ConfigurationError('bad-flag', message);
}
