/** Table columns that many kinds share, and the small formatters behind them. */
import { humanDuration, type KubeObject, type LabelSelector, labelSelectorMatcher, parseTime } from '@steersman/api';
import type { Column } from '../registry/contract.ts';

type Cell = string | number | boolean | null;

/** A text column; the usual case. */
export function text<T>(
  name: string,
  description: string,
  value: (object: T, now: number) => Cell,
  priority = 0,
): Column<T> {
  return { name, type: 'string', priority, description, value };
}

export function integer<T>(
  name: string,
  description: string,
  value: (object: T, now: number) => Cell,
  priority = 0,
): Column<T> {
  return { name, type: 'integer', priority, description, value };
}

export function boolean<T>(
  name: string,
  description: string,
  value: (object: T, now: number) => Cell,
  priority = 0,
): Column<T> {
  return { name, type: 'boolean', priority, description, value };
}

export function nameColumn<T extends KubeObject>(): Column<T> {
  return {
    name: 'Name',
    type: 'string',
    format: 'name',
    priority: 0,
    description: 'The name of the object.',
    value: (object) => object.metadata.name ?? '',
  };
}

export function ageColumn<T extends KubeObject>(): Column<T> {
  return text('Age', 'How long ago the object was created.', (object, now) =>
    age(object.metadata.creationTimestamp, now),
  );
}

/** Of kinds that keep a number of pods: `2/3`. */
export function readyReplicasColumn<
  T extends {
    readonly spec: { readonly replicas?: number | undefined };
    readonly status?: { readonly readyReplicas?: number | undefined } | undefined;
  },
>(): Column<T> {
  return text(
    'Ready',
    'Ready pods of the wanted ones.',
    ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec.replicas ?? 0}`,
  );
}

/** How long ago, as kubectl prints it; `<unknown>` without a time. */
export function age(timestamp: string | undefined | null, now: number): string {
  if (timestamp === undefined || timestamp === null || timestamp === '') return '<unknown>';
  return humanDuration(now - parseTime(timestamp));
}

/** A selector as kubectl prints it; `<none>` when it selects everything. */
export function selectorText(selector: LabelSelector | undefined): string {
  if (selector === undefined) return '<none>';
  return orNone(labelSelectorMatcher(selector).toString());
}

export function mapText(labels: Readonly<Record<string, string>> | undefined): string {
  const pairs = Object.entries(labels ?? {}).map(([key, value]) => `${key}=${value}`);
  return orNone(pairs.toSorted().join(','));
}

export function orNone(value: string): string {
  return value === '' ? '<none>' : value;
}

type Templated = {
  readonly spec?:
    | { readonly containers: readonly { readonly name: string; readonly image?: string | undefined }[] }
    | undefined;
};

/** The wide Containers and Images columns of every workload. */
export function containerColumns<T>(templateOf: (object: T) => Templated | undefined): Column<T>[] {
  const containers = (object: T) => templateOf(object)?.spec?.containers ?? [];
  return [
    text(
      'Containers',
      'Names of the containers in the template.',
      (object) =>
        containers(object)
          .map(({ name }) => name)
          .join(','),
      1,
    ),
    text(
      'Images',
      'Images of the containers in the template.',
      (object) =>
        containers(object)
          .map(({ image }) => image ?? '')
          .join(','),
      1,
    ),
  ];
}

/** The time itself, for kinds whose age nobody asks for. */
export function createdAtColumn<T extends KubeObject>(): Column<T> {
  return text(
    'Created At',
    'When the object was created.',
    ({ metadata }) => metadata.creationTimestamp ?? '<unknown>',
  );
}

/** `a,b,c + 2 more...` */
export function firstOf(values: readonly string[], max: number): string {
  const shown = values.slice(0, max).join(',');
  return values.length > max ? `${shown} + ${values.length - max} more...` : shown;
}
