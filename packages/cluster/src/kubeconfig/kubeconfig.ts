/** Kubeconfig files (kind Config, version v1): making one, and adding a cluster's entries to one that people already have. */

interface Named {
  readonly name: string;
}
export interface NamedCluster extends Named {
  readonly cluster: {
    readonly server: string;
    readonly 'certificate-authority-data'?: string;
    readonly [key: string]: unknown;
  };
}
export interface NamedUser extends Named {
  readonly user: Readonly<Record<string, unknown>>;
}
export interface NamedContext extends Named {
  readonly context: { readonly cluster: string; readonly user: string; readonly [key: string]: unknown };
}

/** What Steersman reads and writes; whatever else a file holds is kept as it is. */
export interface Kubeconfig {
  readonly apiVersion: 'v1';
  readonly kind: 'Config';
  readonly clusters: readonly NamedCluster[];
  readonly users: readonly NamedUser[];
  readonly contexts: readonly NamedContext[];
  readonly 'current-context': string;
  readonly [key: string]: unknown;
}

export interface KubeconfigRequest {
  /** Name of the context and of the cluster; the user is `<name>-<user>` unless it is the cluster's admin. */
  readonly name: string;
  readonly user: string;
  readonly server: string;
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
}

const base64 = (text: string) => Buffer.from(text).toString('base64');

/** A complete kubeconfig with one context. */
export function makeKubeconfig(request: KubeconfigRequest): Kubeconfig {
  const { name, user, server, authority, certificate, key } = request;
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { 'certificate-authority-data': base64(authority), server } }],
    users: [{ name: user, user: { 'client-certificate-data': base64(certificate), 'client-key-data': base64(key) } }],
    contexts: [{ name, context: { cluster: name, user } }],
    'current-context': name,
  };
}

/**
 * `existing` with the entries of `added` put in, replacing those of the same names, and `added`'s context made the
 * current one. Everything else, including keys this project does not know, stays in place.
 */
export function mergeKubeconfig(
  existing: Readonly<Record<string, unknown>> | undefined,
  added: Kubeconfig,
): Kubeconfig {
  if (existing === undefined) return added;
  return {
    ...existing,
    apiVersion: 'v1',
    kind: 'Config',
    clusters: replace(listOf<NamedCluster>(existing['clusters']), added.clusters),
    users: replace(listOf<NamedUser>(existing['users']), added.users),
    contexts: replace(listOf<NamedContext>(existing['contexts']), added.contexts),
    'current-context': added['current-context'],
  };
}

/** `existing` without the context, cluster and user of that name; the current context is unset if it was that one. */
export function removeFromKubeconfig(existing: Readonly<Record<string, unknown>>, name: string): Kubeconfig {
  const contexts = listOf<NamedContext>(existing['contexts']);
  const user = contexts.find((entry) => entry.name === name)?.context.user;
  const current = existing['current-context'];
  return {
    ...existing,
    apiVersion: 'v1',
    kind: 'Config',
    clusters: listOf<NamedCluster>(existing['clusters']).filter((entry) => entry.name !== name),
    users: listOf<NamedUser>(existing['users']).filter((entry) => entry.name !== user),
    contexts: contexts.filter((entry) => entry.name !== name),
    'current-context': current === name || typeof current !== 'string' ? '' : current,
  };
}

function replace<T extends Named>(existing: readonly T[], added: readonly T[]): readonly T[] {
  const fresh = new Map(added.map((entry) => [entry.name, entry]));
  const kept = existing.map((entry) => {
    const replacement = fresh.get(entry.name);
    fresh.delete(entry.name);
    return replacement ?? entry;
  });
  return [...kept, ...fresh.values()];
}

function listOf<T>(value: unknown): readonly T[] {
  return Array.isArray(value) ? (value as readonly T[]) : [];
}
