/** The node's disk as the kubelet uses it. Real in adapters/; simulated nodes have none. */
export interface FileContent {
  readonly bytes: Uint8Array;
  readonly mode: number;
  /** Owner, where it is not root. */
  readonly uid?: number | undefined;
}
/** Relative paths to contents: what a volume made of API objects holds. */
export type Payload = ReadonlyMap<string, FileContent>;
export type FileKind = 'directory' | 'file' | 'socket' | 'character-device' | 'block-device' | 'other';

export interface Disk {
  /** With its parents; the mode counts for the last one, whatever the umask. */
  makeDirectory(path: string, mode?: number): Promise<void>;
  /** Follows links; undefined when there is nothing. */
  kindOf(path: string): Promise<FileKind | undefined>;
  /** The last `bytesMax` bytes, all when absent; undefined when there is no such file. */
  readTail(path: string, bytesMax?: number): Promise<Uint8Array | undefined>;
  write(path: string, content: FileContent): Promise<void>;
  /** Names in a directory; none when there is no such directory. */
  list(path: string): Promise<readonly string[]>;
  /**
   * Makes `directory` hold exactly the payload. Readers see the old or the new set, never a mix: the visible names are
   * links through `..data`, which is swapped. Does nothing when it already does.
   */
  publish(directory: string, payload: Payload, groupId?: number): Promise<void>;
  /** Gives a tree to a group, with group write access, and makes its directories hand the group down. */
  giveToGroup(path: string, groupId: number): Promise<void>;
  /** The real path of `sub` inside `root`, made as a directory when missing; undefined when it leads outside. */
  resolveInside(root: string, sub: string): Promise<string | undefined>;
  mountTmpfs(path: string, sizeBytes?: number): Promise<void>;
  /** Unmounts everything mounted at or under the path, deepest first, then removes the tree. Throws if a mount remains. */
  remove(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  sizeOf(path: string): Promise<number>;
  /** Bytes of the filesystem that holds the path. */
  capacity(path: string): Promise<{
    readonly capacityBytes: number;
    readonly availableBytes: number;
    readonly inodes: number;
    readonly inodesFree: number;
  }>;
}

const CAPACITY_BYTES = 100 * 1024 ** 3;
/** Keeps nothing and finds nothing. */
export const noDisk: Disk = {
  makeDirectory: async () => {},
  kindOf: async () => undefined,
  readTail: async () => undefined,
  write: async () => {},
  list: async () => [],
  publish: async () => {},
  giveToGroup: async () => {},
  resolveInside: async (root, sub) => `${root}/${sub}`,
  mountTmpfs: async () => {},
  remove: async () => {},
  rename: async () => {},
  sizeOf: async () => 0,
  capacity: async () => ({
    capacityBytes: CAPACITY_BYTES,
    availableBytes: CAPACITY_BYTES,
    inodes: 1e7,
    inodesFree: 1e7,
  }),
};
