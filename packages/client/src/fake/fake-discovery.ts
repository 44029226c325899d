import { resourceTable } from '@steersman/api';

function resourceList(group: string, version: string): unknown {
  const rows = resourceTable.filter(
    (row) => row.group === group && row.version === version && row.served && row.defaultEnabled,
  );
  if (rows.length === 0) return undefined;
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: group === '' ? version : `${group}/${version}`,
    resources: rows.map(({ plural, singular, kind, namespaced, verbs }) => ({
      name: plural,
      singularName: singular,
      kind,
      namespaced,
      verbs,
    })),
  };
}

function groupList(): unknown {
  const versions = new Map<string, Set<string>>();
  for (const row of resourceTable) {
    if (row.group === '' || !row.served || !row.defaultEnabled) continue;
    versions.set(row.group, (versions.get(row.group) ?? new Set()).add(row.version));
  }
  const groups = [...versions].map(([name, all]) => {
    const listed = [...all].map((version) => ({ groupVersion: `${name}/${version}`, version }));
    return { name, versions: listed, preferredVersion: listed[0] };
  });
  return { kind: 'APIGroupList', apiVersion: 'v1', groups };
}

/** The documents that clients discover resources by (the unaggregated form), or undefined for other paths. */
export function fakeDiscovery(path: string): unknown {
  if (path === '/api') return { kind: 'APIVersions', versions: ['v1'] };
  if (path === '/apis') return groupList();
  const match = /^\/(?:api|apis\/([^/]+))\/([^/]+)$/.exec(path);
  return match === null ? undefined : resourceList(match[1] ?? '', match[2] ?? '');
}
