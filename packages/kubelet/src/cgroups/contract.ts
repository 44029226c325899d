/** The pods' cgroups: /kubepods/{burstable,besteffort}/pod<uid> under a root that belongs to one cluster. */
import type { Pod } from '@steersman/api';

export interface PodCgroups {
  /** What runtimes are told as cgroup parent; a path below the controllers' mount points. */
  parentOf(pod: Pod): string;
  /** Makes the pod's cgroup with its limits. Idempotent. */
  create(pod: Pod): Promise<void>;
  /** Removes it, with what containers left in it. Idempotent. */
  remove(pod: Pod): Promise<void>;
  /** The same for a pod of which only the uid is known. */
  removeUid(uid: string): Promise<void>;
}
/** The files of cgroup file systems; paths are absolute. */
export interface CgroupFiles {
  makeDirectory(path: string): Promise<void>;
  write(path: string, value: string): Promise<void>;
  read(path: string): Promise<string | undefined>;
  directories(path: string): Promise<readonly string[]>;
  removeDirectory(path: string): Promise<void>;
}
