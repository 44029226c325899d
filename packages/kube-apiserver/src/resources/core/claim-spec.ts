/** What a claim asks for; of a PersistentVolumeClaim, or of a template inside a pod or a StatefulSet. */
import {
  type FieldError,
  type FieldPath,
  fieldErrors,
  names,
  type PersistentVolumeClaimSpec,
  semanticEqual,
} from '@steersman/api';
import { empty, invalidFor, oneOf } from '../checks.ts';
import { quantityOf, validateAmount } from '../pod-spec/quantities.ts';
import { validateLabelSelector } from '../selectors.ts';

export const ACCESS_MODES = ['ReadWriteOnce', 'ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOncePod'];

/** `old` is the spec that an update replaces: its API groups were judged by older rules. */
export function validateClaimSpec(
  spec: PersistentVolumeClaimSpec | undefined,
  at: FieldPath,
  old?: PersistentVolumeClaimSpec,
): FieldError[] {
  const { accessModes, selector, storageClassName, volumeMode, volumeAttributesClassName } = spec ?? {};
  const modesAt = at.child('accessModes');
  const className = (value: string | undefined, field: string) =>
    empty(value) ? [] : invalidFor(names.dns1123Subdomain(value), value, at.child(field));
  return [
    ...((accessModes ?? []).length === 0 ? [fieldErrors.required(modesAt, 'at least 1 access mode is required')] : []),
    ...validateLabelSelector(selector, at.child('selector')),
    ...validateAccessModes(accessModes, modesAt),
    ...validateStorage(spec?.resources?.requests?.['storage'], at.child('resources').key('storage')),
    ...className(storageClassName, 'storageClassName'),
    ...(volumeMode === undefined ? [] : oneOf(volumeMode, ['Block', 'Filesystem'], at.child('volumeMode'))),
    ...validateDataSources(spec, old, at),
    ...className(volumeAttributesClassName, 'volumeAttributesClassName'),
  ];
}

/** Each mode is known, and the one that allows a single pod stands alone. */
export function validateAccessModes(modes: readonly string[] = [], at: FieldPath): FieldError[] {
  const others = modes.some((mode) => mode !== 'ReadWriteOncePod' && ACCESS_MODES.includes(mode));
  return [
    ...modes.flatMap((mode) => oneOf(mode, ACCESS_MODES, at)),
    ...(others && modes.includes('ReadWriteOncePod')
      ? [fieldErrors.forbidden(at, 'may not use ReadWriteOncePod with other access modes')]
      : []),
  ];
}

function validateStorage(storage: string | undefined, at: FieldPath): FieldError[] {
  if (storage === undefined) return [fieldErrors.required(at, '')];
  return positiveAmount(storage, at) ?? validateAmount('storage', storage, at);
}

/** The cause of an amount that is not above zero, if it is not. */
export function positiveAmount(text: string, at: FieldPath): FieldError[] | undefined {
  const quantity = quantityOf(text);
  if (quantity === undefined || quantity.sign() > 0) return undefined;
  return [fieldErrors.invalid(at, quantity.toString(), 'must be greater than zero')];
}

type Source = NonNullable<PersistentVolumeClaimSpec['dataSourceRef']>;

function validateDataSources(
  spec: PersistentVolumeClaimSpec | undefined,
  old: PersistentVolumeClaimSpec | undefined,
  at: FieldPath,
): FieldError[] {
  const { dataSource, dataSourceRef } = spec ?? {};
  const lenient = old?.dataSource?.apiGroup !== undefined || old?.dataSourceRef?.apiGroup !== undefined;
  const namespace = dataSourceRef?.namespace;
  // The value shown is upstream's path object: its fields are not exported, so that it prints as nothing.
  const conflict = (detail: string) => [fieldErrors.invalid(at, {}, detail)];
  const errors = [
    ...(dataSource ? validateDataSource(dataSource, lenient, at.child('dataSource')) : []),
    ...(dataSourceRef ? validateDataSource(dataSourceRef, lenient, at.child('dataSourceRef')) : []),
    ...(empty(namespace)
      ? []
      : invalidFor(names.dns1123Label(namespace), namespace, at.child('dataSourceRef', 'namespace'))),
  ];
  if (!dataSource || !dataSourceRef) return errors;
  if (!empty(namespace)) errors.push(...conflict('may not be specified when dataSourceRef.namespace is specified'));
  else if (!sameSource(dataSource, dataSourceRef)) errors.push(...conflict('must match dataSourceRef'));
  return errors;
}

function sameSource(a: Omit<Source, 'namespace'>, b: Source): boolean {
  return semanticEqual([a.apiGroup ?? null, a.kind, a.name], [b.apiGroup ?? null, b.kind, b.name]);
}

function validateDataSource(source: Omit<Source, 'namespace'>, lenient: boolean, at: FieldPath): FieldError[] {
  const group = source.apiGroup ?? '';
  const errors = (['name', 'kind'] as const)
    .filter((field) => empty(source[field]))
    .map((field) => fieldErrors.required(at.child(field), ''));
  if (group === '' && source.kind !== 'PersistentVolumeClaim') {
    const detail = "must be 'PersistentVolumeClaim' when referencing the default apiGroup";
    errors.push(fieldErrors.invalid(at, source.kind, detail));
  }
  if (group !== '' && !lenient) errors.push(...invalidFor(names.dns1123Subdomain(group), group, at.child('apiGroup')));
  return errors;
}
