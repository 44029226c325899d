import type { FileKind } from '../host/disk.ts';
import { VolumeError, type VolumeKind } from './contract.ts';

/** What `type` demands of an existing path, and how it is called when it is not. */
const demands: Readonly<Record<string, { readonly kind: FileKind; readonly name: string }>> = {
  Directory: { kind: 'directory', name: 'directory' },
  DirectoryOrCreate: { kind: 'directory', name: 'directory' },
  File: { kind: 'file', name: 'file' },
  FileOrCreate: { kind: 'file', name: 'file' },
  Socket: { kind: 'socket', name: 'socket file' },
  CharDevice: { kind: 'character-device', name: 'character device' },
  BlockDevice: { kind: 'block-device', name: 'block device' },
};

/** A path of the node; `type` says what must be there or is made. Never removed. */
export const hostPathVolume: VolumeKind = {
  plugin: 'kubernetes.io~host-path',
  async setUp(volume, { disk }) {
    const { path = '/', type = '' } = volume.hostPath ?? {};
    const demand = demands[type];
    if (demand === undefined) return path;
    const found = await disk.kindOf(path);
    if (found === undefined && type === 'DirectoryOrCreate') await disk.makeDirectory(path, 0o755);
    else if (found === undefined && type === 'FileOrCreate')
      await disk.write(path, { bytes: new Uint8Array(), mode: 0o644 });
    else if (found !== demand.kind)
      throw new VolumeError(`hostPath type check failed: ${path} is not a ${demand.name}`);
    return path;
  },
};
