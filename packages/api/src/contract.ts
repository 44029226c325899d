/**
 * The shapes that every other package knows the API by. The types of the API itself are generated from the facts.
 */
import type { ObjectMeta } from './generated/meta.ts';

export interface KubeObject {
  readonly apiVersion?: string | undefined;
  readonly kind?: string | undefined;
  readonly metadata: ObjectMeta;
}

/** Name and, for namespaced resources, namespace. */
export interface ObjectKey {
  readonly namespace?: string | undefined;
  readonly name: string;
}

/** Names one resource; generated, one constant per group, version and plural, in `Resources`. */
export interface ResourceType<T extends KubeObject = KubeObject> {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  /** Never set: carries the type. */
  readonly object?: T | undefined;
}

type Primitive = string | number | bigint | boolean | null | undefined;

export type DeepReadonly<T> = T extends Primitive // First, so that open sets of strings (`'A' | (string & {})`) stay whole.
  ? T
  : T extends readonly (infer E)[]
    ? readonly DeepReadonly<E>[]
    : T extends object
      ? { readonly [K in keyof T]: DeepReadonly<T[K]> }
      : T;

/** The mutable form of a generated type, for the place that makes an object. */
export type Draft<T> = T extends Primitive
  ? T
  : T extends readonly (infer E)[]
    ? Draft<E>[]
    : T extends object
      ? { -readonly [K in keyof T]: Draft<T[K]> }
      : T;
