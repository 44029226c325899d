import type { KubeObject } from '@steersman/api';
import type { Slab, SlabRange } from './slab.ts';

export type LabelSet = Readonly<Record<string, string>>;
export type FieldSet = Readonly<Record<string, string>>;
export const NO_LABELS: LabelSet = Object.freeze({});
export const NO_FIELDS: FieldSet = Object.freeze({});

/** One version of one object in the cache: where its bytes lie, and what selectors ask about. */
export class CacheEntry implements SlabRange {
  /** Key in the store. */
  readonly key: string;
  readonly namespace: string;
  readonly name: string;
  readonly revision: number;
  slab: Slab;
  /** In the slab; while its bytes are elsewhere, where the store has them. */
  offset: number;
  readonly length: number;
  readonly labels: LabelSet;
  /** Selectable fields beyond metadata.name and metadata.namespace. */
  readonly fields: FieldSet;
  /** The parsed object while the LRU keeps it. */
  object: KubeObject | undefined;

  constructor(
    at: { readonly key: string; readonly namespace: string; readonly name: string; readonly revision: number },
    range: SlabRange,
    attributes: { readonly labels: LabelSet; readonly fields: FieldSet },
  ) {
    this.key = at.key;
    this.namespace = at.namespace;
    this.name = at.name;
    this.revision = at.revision;
    this.slab = range.slab;
    this.offset = range.offset;
    this.length = range.length;
    this.labels = attributes.labels;
    this.fields = attributes.fields;
    this.object = undefined;
  }

  /** Brings the bytes here if they are still where they were loaded from. */
  hold(): void {
    this.slab.fetch?.(this);
  }

  /** The JSON of the object, resourceVersion included. A view: copy it when it must outlive this turn. */
  get bytes(): Buffer {
    this.hold();
    return this.slab.bytes.subarray(this.offset, this.offset + this.length);
  }

  copyTo(target: Buffer, at: number, skip = 0): number {
    this.hold();
    return this.slab.bytes.copy(target, at, this.offset + skip, this.offset + this.length);
  }
}

/** A change as the cache tells it. For `deleted`, `entry` is the last object with the deleting revision. */
export interface CacheEvent {
  readonly kind: 'added' | 'modified' | 'deleted';
  readonly revision: number;
  readonly entry: CacheEntry;
  readonly previous: CacheEntry | undefined;
  /** Encoded frames by encoder and type, made once while the event is being delivered. */
  frames: Map<string, Uint8Array> | undefined;
}
