import type {
  V1alpha1ServerStorageVersion,
  V1alpha1StorageVersion,
  V1alpha1StorageVersionStatus,
} from './generated/apiserverinternal.ts';
import { formatTime } from './time.ts';

const CONDITION = 'AllEncodingVersionsEqual';

/** The version that all servers write; undefined when they differ, or when there are none. */
export function commonEncodingVersion(servers: readonly V1alpha1ServerStorageVersion[]): string | undefined {
  const [first] = servers;
  return servers.every(({ encodingVersion }) => encodingVersion === first?.encodingVersion)
    ? first?.encodingVersion
    : undefined;
}

/**
 * The status of a StorageVersion when these are its servers (KEP-2339): whether they agree, and since when. The time stays while
 * the answer does, but not when all have moved on to another version together.
 */
export function storageVersionStatus(
  { metadata, status }: Pick<V1alpha1StorageVersion, 'metadata' | 'status'>,
  servers: readonly V1alpha1ServerStorageVersion[],
  nowMs: number,
): V1alpha1StorageVersionStatus {
  const common = commonEncodingVersion(servers);
  const before = status?.commonEncodingVersion;
  const known = status?.conditions?.find(({ type }) => type === CONDITION);
  const agreed = common === undefined ? 'False' : 'True';
  const isNew = known?.status !== agreed || (before !== undefined && common !== undefined && before !== common);
  const condition = {
    type: CONDITION,
    status: agreed,
    ...(metadata.generation === undefined ? {} : { observedGeneration: metadata.generation }),
    lastTransitionTime: isNew ? formatTime(nowMs) : (known?.lastTransitionTime ?? formatTime(nowMs)),
    reason: common === undefined ? 'CommonEncodingVersionUnset' : 'CommonEncodingVersionSet',
    message: common === undefined ? 'Common encoding version unset' : 'Common encoding version set',
  };
  const others = (status?.conditions ?? []).filter(({ type }) => type !== CONDITION);
  return {
    storageVersions: servers,
    ...(common === undefined ? {} : { commonEncodingVersion: common }),
    conditions: [...others, condition],
  };
}
