/** The resolver settings of a pod (DNS for Services and Pods documentation). Pure. */
import { namespaceOf, type Pod } from '@steersman/api';

export interface DnsConfig {
  readonly servers: readonly string[];
  readonly searches: readonly string[];
  readonly options: readonly string[];
}
export interface DnsSettings {
  readonly clusterServers: readonly string[];
  readonly clusterDomain: string;
  /** What the node itself resolves with. */
  readonly node: DnsConfig;
}
/** glibc reads no more than these; upstream cuts and warns. */
const SERVERS_MAX = 3;
const SEARCHES_MAX = 32;
const SEARCH_CHARACTERS_MAX = 2048;

export function podDns(pod: Pod, settings: DnsSettings): DnsConfig {
  const base = baseDns(pod, settings);
  const { nameservers = [], searches = [], options = [] } = pod.spec.dnsConfig ?? {};
  const own = options.map(({ name = '', value }) =>
    value === undefined || value === null ? name : `${name}:${value}`,
  );
  return {
    servers: unique([...base.servers, ...nameservers]).slice(0, SERVERS_MAX),
    searches: shortEnough(unique([...base.searches, ...searches])),
    options: mergeOptions(base.options, own),
  };
}

function baseDns(pod: Pod, { clusterServers, clusterDomain, node }: DnsSettings): DnsConfig {
  const policy = pod.spec.dnsPolicy ?? 'ClusterFirst';
  if (policy === 'None') return { servers: [], searches: [], options: [] };
  const fromCluster = policy === 'ClusterFirstWithHostNet' || (policy === 'ClusterFirst' && !pod.spec.hostNetwork);
  if (!fromCluster || clusterServers.length === 0) return node;
  const own =
    clusterDomain === '' ? [] : [`${namespaceOf(pod)}.svc.${clusterDomain}`, `svc.${clusterDomain}`, clusterDomain];
  return { servers: clusterServers, searches: unique([...own, ...node.searches]), options: ['ndots:5'] };
}

const unique = (values: readonly string[]): readonly string[] => [...new Set(values)];

function shortEnough(searches: readonly string[]): readonly string[] {
  const kept = searches.slice(0, SEARCHES_MAX);
  while (kept.join(' ').length > SEARCH_CHARACTERS_MAX) kept.pop();
  return kept;
}

/** A pod's own option replaces the policy's of the same name. */
function mergeOptions(base: readonly string[], own: readonly string[]): readonly string[] {
  const byName = new Map([...base, ...own].map((option) => [option.split(':')[0]!, option]));
  return [...byName.values()];
}

/** Reads a resolv.conf: the last `search` line counts. */
export function parseResolvConf(text: string): DnsConfig {
  const servers: string[] = [];
  let searches: readonly string[] = [];
  const options: string[] = [];
  for (const line of text.split('\n')) {
    const [keyword, ...words] = line
      .replace(/[#;].*$/, '')
      .trim()
      .split(/\s+/);
    if (keyword === 'nameserver' && words[0] !== undefined) servers.push(words[0]);
    if (keyword === 'search' || keyword === 'domain') searches = words.filter((word) => word !== '.');
    if (keyword === 'options') options.push(...words);
  }
  return { servers, searches, options };
}
