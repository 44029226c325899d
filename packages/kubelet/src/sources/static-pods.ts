/** Runs the pods of a manifest directory and keeps their mirrors in the API. Looked at every few seconds. */
import {
  formatTime,
  ignoreNotFound,
  isAlreadyExists,
  keyOf,
  type Node,
  nameOf,
  namespaceOf,
  type Pod,
  parseYamlDocuments,
  Resources,
  uidOf,
} from '@steersman/api';
import { type Client, deleteExactly } from '@steersman/client';
import type { Effects } from '@steersman/machinery';
import type { Disk } from '../host/disk.ts';
import { every } from '../loop.ts';
import type { PodManager } from '../pod/manager.ts';
import { messageOf } from '../runtime/error.ts';
import { isStatic, mirroredUid, mirrorOf, staticPod } from './static-pod.ts';

export interface StaticPods {
  run(signal: AbortSignal): Promise<void>;
  onMirror(mirror: Pod): void;
  onMirrorGone(mirror: Pod): void;
  /** Whether it is one of the pods that files mean, or meant. */
  owns(pod: Pod): boolean;
  /** The API object that stands for a static pod; undefined for others, and while there is no mirror. */
  apiPodOf(pod: Pod): Pod | undefined;
}
export interface StaticPodsOptions {
  readonly client: Client;
  readonly effects: Effects;
  readonly disk: Disk;
  readonly directory: string;
  readonly nodeName: string;
  readonly node: () => Node | undefined;
  readonly manager: PodManager;
}
/** Manifests are few and small; upstream looks every 20 s, we can afford more. */
const LOOK_MS = 2_000;
const MANIFEST_BYTES_MAX = 1024 * 1024;

export function createStaticPods(options: StaticPodsOptions): StaticPods {
  const { client, effects, disk, directory, nodeName, manager } = options;
  const pods = client.resource(Resources.pods);
  /** By file name. */
  const files = new Map<string, { text: string; pod: Pod | undefined }>();
  /** By the static pod's uid. */
  const mirrors = new Map<string, Pod>();
  const wanted = () => [...files.values()].flatMap(({ pod }) => pod ?? []);

  async function look(): Promise<void> {
    const names = (await disk.list(directory)).filter((name) => !name.startsWith('.'));
    for (const name of files.keys()) if (!names.includes(name)) forget(name);
    for (const name of names) {
      if ((await disk.kindOf(`${directory}/${name}`)) !== 'file') continue;
      const text = new TextDecoder().decode(await disk.readTail(`${directory}/${name}`, MANIFEST_BYTES_MAX));
      if (files.get(name)?.text !== text) change(name, text);
    }
    for (const pod of wanted()) await mirror(pod);
  }

  function change(name: string, text: string): void {
    const before = files.get(name)?.pod;
    const pod = parse(name, text);
    if (before !== undefined && before.metadata.uid !== pod?.metadata.uid) retire(before);
    files.set(name, { text, pod });
    if (pod !== undefined) manager.observe(pod);
  }

  function parse(name: string, text: string): Pod | undefined {
    try {
      const manifest = parseYamlDocuments(text)[0] as Pod | undefined;
      if (manifest?.kind !== 'Pod' || !manifest.metadata?.name || !Array.isArray(manifest.spec?.containers)) {
        effects.log.warn('Static pod manifest is not a Pod', { file: name });
        return undefined;
      }
      return staticPod(manifest, nodeName, formatTime(effects.clock.now()));
    } catch (error) {
      effects.log.warn('Static pod manifest cannot be read', { file: name, error: messageOf(error) });
      return undefined;
    }
  }

  function forget(name: string): void {
    const pod = files.get(name)?.pod;
    files.delete(name);
    if (pod !== undefined) retire(pod);
  }

  function retire(pod: Pod): void {
    manager.vanished(uidOf(pod));
    const known = mirrors.get(uidOf(pod));
    if (known !== undefined) void removeMirror(known).catch(() => {});
  }

  async function mirror(pod: Pod): Promise<void> {
    const node = options.node();
    if (node === undefined || mirrors.has(uidOf(pod))) return;
    try {
      const made = await pods.create(mirrorOf(pod, { name: nodeName, uid: uidOf(node) }));
      mirrors.set(uidOf(pod), made);
      manager.again(uidOf(pod));
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
      // Of an earlier version of the manifest, or of an earlier run of ours that the source has not told of yet.
      const there = await pods.find({ namespace: namespaceOf(pod), name: nameOf(pod) });
      if (there !== undefined && mirroredUid(there) === uidOf(pod)) mirrors.set(uidOf(pod), there);
      else if (there !== undefined) await removeMirror(there);
    }
  }

  async function removeMirror(known: Pod): Promise<void> {
    mirrors.delete(mirroredUid(known));
    await deleteExactly(pods, known, { gracePeriodSeconds: 0 }).catch(ignoreNotFound);
  }

  return {
    run: (signal) => every(LOOK_MS, look, 'static pods', effects, signal),
    onMirror(known) {
      const uid = mirroredUid(known);
      const isOurs = wanted().some((pod) => uidOf(pod) === uid);
      if (!isOurs && files.size > 0 && !wanted().some((pod) => keyOf(pod) === keyOf(known)))
        void removeMirror(known).catch(() => {});
      if (!isOurs) return;
      if (known.metadata.deletionTimestamp !== undefined) void removeMirror(known).catch(() => {});
      else mirrors.set(uid, known);
      manager.again(uid);
    },
    onMirrorGone: (known) => void mirrors.delete(mirroredUid(known)),
    owns: isStatic,
    apiPodOf: (pod) => mirrors.get(uidOf(pod)),
  };
}
