import { parseQuantity } from '@steersman/api';
import type { VolumeKind } from './contract.ts';

/** A directory that lives as long as the pod; on tmpfs with medium Memory. Size limits hold for Memory only. */
export const emptyDirVolume: VolumeKind = {
  plugin: 'kubernetes.io~empty-dir',
  async setUp(volume, { disk, directory, pod }) {
    const { medium, sizeLimit } = volume.emptyDir ?? {};
    await disk.makeDirectory(directory, 0o777);
    if (medium === 'Memory')
      await disk.mountTmpfs(directory, sizeLimit === undefined ? undefined : Number(parseQuantity(sizeLimit).value()));
    const group = pod.spec.securityContext?.fsGroup;
    if (group !== undefined) await disk.giveToGroup(directory, group);
    return directory;
  },
};
