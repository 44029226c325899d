/**
 * The facts tables, as files beside this package. This is the one place that reads them, so that a bundle has one path to change.
 */
import { readFileSync } from 'node:fs';

/** A named type of the API; facts/README.md says what each key means. */
export interface FactType {
  readonly kind: 'struct' | 'scalar' | 'list' | 'map' | 'alias';
  readonly fields?: readonly FactField[];
  readonly object?: boolean;
  readonly group?: string;
  readonly version?: string;
  readonly everyVersion?: boolean;
  readonly ref?: string;
  readonly type?: string;
  readonly proto?: number;
  readonly values?: readonly string[];
  readonly enum?: boolean;
  readonly structType?: string;
  readonly mapType?: string;
  readonly union?: boolean;
  readonly lifecycle?: Readonly<Record<string, string>>;
  readonly rules?: readonly FactRule[];
}

/** A declarative validation rule; `on` narrows it, outermost first. */
export interface FactRule {
  readonly rule: string;
  readonly value?: unknown;
  readonly args?: readonly unknown[];
  readonly stage?: string;
  readonly since?: string;
  readonly on?: readonly Readonly<Record<string, unknown>>[];
  readonly from?: string;
}

export interface FactField {
  readonly name?: string | null;
  readonly go: string;
  readonly inline?: boolean;
  readonly type: string;
  readonly ref?: string;
  readonly repeated?: boolean;
  readonly map?: boolean;
  readonly named?: string;
  readonly keyRef?: string;
  readonly ptr?: boolean;
  readonly proto?: number;
  readonly wire?: string;
  readonly optional?: boolean;
  readonly required?: boolean;
  readonly nullable?: boolean;
  readonly omitempty?: boolean;
  readonly omitzero?: boolean;
  readonly listType?: string;
  readonly listMapKeys?: readonly string[];
  readonly mapType?: string;
  readonly structType?: string;
  readonly patchStrategy?: readonly string[];
  readonly patchMergeKey?: string;
  readonly default?: unknown;
  readonly discriminator?: boolean;
  readonly oneOf?: string;
  readonly zeroOrOneOf?: string;
  readonly featureGates?: readonly string[];
  readonly rules?: readonly FactRule[];
}

export interface FactPackage {
  readonly group?: string;
  readonly version?: string;
  readonly openapi?: string;
  readonly proto?: string;
  readonly constants?: Readonly<Record<string, unknown>>;
}

export interface Facts {
  readonly version: string;
  readonly packages: Readonly<Record<string, FactPackage>>;
  readonly types: Readonly<Record<string, FactType>>;
}

/** The gRPC interfaces whose descriptors ship with this package. */
export type GrpcInterface =
  | 'cri'
  | 'csi'
  | 'deviceplugin-v1beta1'
  | 'dra-v1'
  | 'etcd-rpc'
  | 'kms-v2'
  | 'pluginregistration-v1'
  | 'podresources-v1';

const folder = new URL('../facts/', import.meta.url);

function readTable(name: string): unknown {
  return JSON.parse(readFileSync(new URL(name, folder), 'utf8'));
}

let facts: Facts | undefined;

/** Every type of the API. Parsed at the first call (about 7 ms), then shared. */
export function loadFacts(): Facts {
  facts ??= readTable('kubernetes-v1.36.json') as Facts;
  return facts;
}

/** The rows of the resource table as they stand in the file. */
export function loadResourceRows(): readonly Readonly<Record<string, unknown>>[] {
  return readTable('resources-v1.36.json') as readonly Readonly<Record<string, unknown>>[];
}

/** The rows of the group table as they stand in the file. */
export function loadGroupRows(): readonly Readonly<Record<string, unknown>>[] {
  return readTable('groups-v1.36.json') as readonly Readonly<Record<string, unknown>>[];
}

/** The protobuf.js JSON descriptor of a gRPC interface, for the `fromJSON` of @grpc/proto-loader. Read anew at each call. */
export function grpcDescriptor(name: GrpcInterface): { readonly nested: Readonly<Record<string, unknown>> } {
  return readTable(`grpc/${name}.json`) as { nested: Record<string, unknown> };
}
