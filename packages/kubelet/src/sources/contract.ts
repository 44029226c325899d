/** Where a kubelet learns about its pods, its node and the services. One per kubelet, or shared by many in one process. */
import type { Node, Pod, Service } from '@steersman/api';

export interface PodHandlers {
  readonly onPod: (pod: Pod) => void;
  /** `last` is the last version seen. */
  readonly onGone: (last: Pod) => void;
}
export interface KubeletSources {
  /** Calls for what is there and for every change, until the returned function is called. */
  subscribe(handlers: PodHandlers): () => void;
  node(): Node | undefined;
  onNode(handler: (node: Node) => void): () => void;
  services(): readonly Service[];
  /** Resolves when the first list of pods has been handed over. */
  untilSynced(signal: AbortSignal): Promise<void>;
}
