/** Warnings about volumes: plugins that are gone, and files that would lie on top of each other. */
import type { FieldPath, Volume, VolumeProjection } from '@steersman/api';
import { claimSpecWarnings } from '../core/claim-warnings.ts';

/** By field: what is said, and what the field is called there. In upstream's order; claims stand between them. */
const GONE_BEFORE: readonly (readonly [field: keyof Volume, advice: string, name?: string])[] = [
  ['photonPersistentDisk', 'deprecated in v1.11, non-functional in v1.16+'],
  ['gitRepo', 'deprecated in v1.11, and disabled by default in v1.33+'],
  ['scaleIO', 'deprecated in v1.16, non-functional in v1.22+'],
  ['flocker', 'deprecated in v1.22, non-functional in v1.25+'],
  ['storageos', 'deprecated in v1.22, non-functional in v1.25+', 'storageOS'],
  ['quobyte', 'deprecated in v1.22, non-functional in v1.25+'],
  ['glusterfs', 'deprecated in v1.25, non-functional in v1.26+'],
];
const GONE_AFTER: typeof GONE_BEFORE = [
  ['cephfs', 'deprecated in v1.28, non-functional in v1.31+'],
  ['rbd', 'deprecated in v1.28, non-functional in v1.31+'],
];

export function volumeWarnings(volumes: readonly Volume[] = [], at: FieldPath): string[] {
  const plugins = volumes.flatMap((volume, index) => {
    const where = at.index(index);
    const gone = (list: typeof GONE_BEFORE) =>
      list.flatMap(([field, advice, name = field]) =>
        volume[field] === undefined ? [] : [`${where.child(name)}: ${advice}`],
      );
    const claim = volume.ephemeral?.volumeClaimTemplate?.spec;
    const claimAt = where.child('ephemeral', 'volumeClaimTemplate', 'spec');
    return [...gone(GONE_BEFORE), ...claimSpecWarnings(claim, claimAt), ...gone(GONE_AFTER)];
  });
  return [...plugins, ...volumes.flatMap(overlapWarnings)];
}

interface Files {
  readonly paths: readonly string[];
  /** What the warnings begin with. */
  readonly head: string;
}

function overlapWarnings(volume: Volume): string[] {
  const { configMap, secret, downwardAPI, projected } = volume;
  const name = `volume ${JSON.stringify(volume.name)}`;
  const single: Files[] = [
    ...filesOf(configMap?.items, `${name} (ConfigMap ${JSON.stringify(configMap?.name ?? '')})`),
    ...filesOf(secret?.items, `${name} (Secret ${JSON.stringify(secret?.secretName ?? '')})`),
    ...filesOf(downwardAPI?.items, `${name} (DownwardAPI)`),
  ];
  return [
    ...single.flatMap(overlaps),
    ...(projected === undefined ? [] : projectedWarnings(projected.sources ?? [], name)),
  ];
}

function filesOf(items: readonly { readonly path: string }[] | undefined, source: string): Files[] {
  if (items === undefined) return [];
  return [{ paths: items.map(({ path }) => path), head: `${source}: overlapping paths` }];
}

/** Sources of one volume share its directory: each is held against itself and against those before it. */
function projectedWarnings(sources: readonly VolumeProjection[], name: string): string[] {
  const before = new Set<string>();
  return sources.flatMap((source) => {
    if (Object.keys(source).length === 0) return [`${name} (Projected) has no sources provided`];
    return projectedFiles(source, name).flatMap((files) => {
      const own = [...new Set(files.paths)];
      const together = [...own, ...before].toSorted();
      for (const path of own) before.add(path);
      return [...overlaps(files), ...overlaps({ ...files, paths: together })];
    });
  });
}

function projectedFiles(
  { configMap, secret, downwardAPI, serviceAccountToken }: VolumeProjection,
  name: string,
): Files[] {
  if (configMap?.items)
    return filesOf(configMap.items, `${name} (Projected ConfigMap ${JSON.stringify(configMap.name ?? '')})`);
  if (secret?.items) return filesOf(secret.items, `${name} (Projected Secret ${JSON.stringify(secret.name ?? '')})`);
  if (downwardAPI?.items) return filesOf(downwardAPI.items, `${name} (Projected DownwardAPI)`);
  return serviceAccountToken ? filesOf([serviceAccountToken], `${name} (Projected ServiceAccountToken)`) : [];
}

/** Paths that are equal, and paths that lie in one another. */
function overlaps({ paths, head }: Files): string[] {
  const seen = new Set<string>();
  return paths.flatMap((path) => {
    const own = path.replace(/\/+$/, '');
    const other = own === '' ? undefined : [...seen].find((each) => isWithin(own, each) || isWithin(each, own));
    seen.add(own);
    return other === undefined ? [] : [`${head}: ${JSON.stringify(own)} with ${JSON.stringify(other)}`];
  });
}

function isWithin(path: string, folder: string): boolean {
  return `${path}/`.startsWith(`${folder}/`);
}
