/** Where things of pods are on the node's disk; upstream's layout. */
import { nameOf, namespaceOf, type Pod, uidOf } from '@steersman/api';

export interface Directories {
  /** The kubelet's own, upstream /var/lib/kubelet. */
  readonly root: string;
  /** Container logs, upstream /var/log/pods. */
  readonly podLogs: string;
}
export const podDirectory = ({ root }: Directories, uid: string): string => `${root}/pods/${uid}`;
export const volumeDirectory = (directories: Directories, uid: string, plugin: string, name: string): string =>
  `${podDirectory(directories, uid)}/volumes/${plugin}/${name}`;
export const hostsFilePath = (directories: Directories, uid: string): string =>
  `${podDirectory(directories, uid)}/etc-hosts`;
export const terminationLogPath = (directories: Directories, uid: string, container: string, attempt: number): string =>
  `${podDirectory(directories, uid)}/containers/${container}/${attempt}`;
export const podLogDirectory = ({ podLogs }: Directories, pod: Pod): string =>
  `${podLogs}/${namespaceOf(pod)}_${nameOf(pod)}_${uidOf(pod)}`;
/** Relative to the pod's log directory. */
export const containerLogPath = (container: string, attempt: number): string => `${container}/${attempt}.log`;
