/** Files out of keys: which keys of an object become which files, with which mode. Shared by all volumes made of objects. */
import type { KeyToPath } from '@steersman/api';
import type { FileContent, Payload } from '../host/disk.ts';
import { VolumeError } from './contract.ts';

export const DEFAULT_MODE = 0o644;

interface KeyedSource {
  /** For messages: `configmap "ns/name"`. */
  readonly what: string;
  readonly data: ReadonlyMap<string, Uint8Array>;
  readonly items?: readonly KeyToPath[] | undefined;
  readonly optional?: boolean | undefined;
  readonly defaultMode: number;
}

/** A source that names an object and which of its keys become files. */
export interface ObjectSource {
  readonly name?: string | undefined;
  readonly items?: readonly KeyToPath[] | undefined;
  readonly optional?: boolean | undefined;
}

/** The files of such a source; `data` is undefined when there is no such object. Throws VolumeError unless that is allowed. */
export function payloadOfObject(
  what: 'configmap' | 'secret',
  { name = '', items, optional }: ObjectSource,
  data: ReadonlyMap<string, Uint8Array> | undefined,
  defaultMode: number,
): Payload {
  if (data === undefined && !optional) throw new VolumeError(`${what} "${name}" not found`);
  return payloadOfKeys({ what, data: data ?? new Map(), items, optional, defaultMode });
}

function payloadOfKeys({ what, data, items, optional, defaultMode }: KeyedSource): Payload {
  if (items === undefined || items.length === 0)
    return new Map([...data].map(([key, bytes]) => [key, { bytes, mode: defaultMode }]));
  const files = new Map<string, FileContent>();
  for (const { key, path, mode } of items) {
    const bytes = data.get(key);
    if (bytes === undefined && optional) continue;
    if (bytes === undefined) throw new VolumeError(`${what} references non-existent config key: ${key}`);
    files.set(safePath(path), { bytes, mode: mode ?? defaultMode });
  }
  return files;
}

/** The API refuses such paths; a kubelet that trusted it would write outside the volume. */
export function safePath(path: string): string {
  if (path === '' || path.startsWith('/') || path.split('/').includes('..') || path.startsWith('..')) {
    throw new VolumeError(`invalid path ${JSON.stringify(path)}: must be relative and not contain '..'`);
  }
  return path;
}

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
