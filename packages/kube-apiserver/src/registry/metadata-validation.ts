/**
 * Rules of ObjectMeta that hold for every kind (API conventions, "Metadata"), with upstream's causes.
 */
import {
  type FieldError,
  type FieldPath,
  fieldErrors,
  type KubeObject,
  names,
  type ObjectMeta,
  path,
} from '@steersman/api';

const ANNOTATIONS_BYTES_MAX = 256 * 1024; // Upstream's total for keys and values.
const METADATA = path('metadata');
const OWNER_FIELDS = ['apiVersion', 'kind', 'name'] as const;
type NameRule = (name: string, prefix: boolean) => readonly string[];
type Strings = Readonly<Record<string, string>>;

const subdomain: NameRule = (name, prefix) => names.dns1123Subdomain(prefix ? maskTrailingDash(name) : name);

/** A generateName may end in a dash, which the suffix will follow. */
function maskTrailingDash(name: string): string {
  return name.length > 1 && name.endsWith('-') ? `${name.slice(0, -2)}a` : name;
}

export function validateMetadata(
  object: KubeObject,
  namespaced: boolean,
  nameRule: NameRule = subdomain,
): FieldError[] {
  const { metadata } = object;
  const problems: FieldError[] = [];
  const { name = '', generateName = '', namespace = '' } = metadata;
  if (generateName !== '')
    for (const message of nameRule(generateName, true))
      problems.push(fieldErrors.invalid(METADATA.child('generateName'), generateName, message));
  if (name === '') problems.push(fieldErrors.required(METADATA.child('name'), 'name or generateName is required'));
  else
    for (const message of nameRule(name, false))
      problems.push(fieldErrors.invalid(METADATA.child('name'), name, message));
  if (namespaced) {
    if (namespace === '') problems.push(fieldErrors.required(METADATA.child('namespace'), ''));
    else
      for (const message of names.dns1123Label(namespace))
        problems.push(fieldErrors.invalid(METADATA.child('namespace'), namespace, message));
  } else if (namespace !== '')
    problems.push(fieldErrors.forbidden(METADATA.child('namespace'), 'not allowed on this type'));
  if (metadata.generation !== undefined && metadata.generation < 0)
    problems.push(
      fieldErrors.invalid(METADATA.child('generation'), metadata.generation, 'must be greater than or equal to 0'),
    );
  addShared(problems, metadata);
  return problems;
}

/** What update may not change, and what must still hold. */
export function validateMetadataUpdate(object: KubeObject, old: KubeObject): FieldError[] {
  const { metadata } = object;
  const before = old.metadata;
  const problems: FieldError[] = [];
  const fixed = (
    field: 'name' | 'namespace' | 'uid' | 'creationTimestamp' | 'deletionTimestamp' | 'deletionGracePeriodSeconds',
  ) => {
    if ((metadata[field] ?? '') !== (before[field] ?? ''))
      problems.push(fieldErrors.invalid(METADATA.child(field), metadata[field] ?? '', 'field is immutable'));
  };
  fixed('name');
  fixed('namespace');
  fixed('uid');
  fixed('creationTimestamp');
  fixed('deletionTimestamp');
  fixed('deletionGracePeriodSeconds');
  if ((metadata.generation ?? 0) < (before.generation ?? 0))
    problems.push(
      fieldErrors.invalid(METADATA.child('generation'), metadata.generation ?? 0, 'must not be decremented'),
    );
  problems.push(...addedFinalizers(metadata, before));
  addShared(problems, metadata);
  return problems;
}

function addedFinalizers(metadata: ObjectMeta, before: ObjectMeta): FieldError[] {
  if (before.deletionTimestamp === undefined || before.deletionTimestamp === null) return [];
  const known = new Set(before.finalizers ?? []);
  const added = (metadata.finalizers ?? []).filter((finalizer) => !known.has(finalizer));
  if (added.length === 0) return [];
  const found = JSON.stringify(added).replaceAll(',', ', ');
  return [
    fieldErrors.forbidden(
      METADATA.child('finalizers'),
      `no new finalizers can be added if the object is being deleted, found new finalizers []string{${found.slice(1, -1)}}`,
    ),
  ];
}

const LABELS = METADATA.child('labels');
const ANNOTATIONS = METADATA.child('annotations');
const OWNERS = METADATA.child('ownerReferences');
const FINALIZERS = METADATA.child('finalizers');

/** Adds what is wrong with the fields that create and update judge alike. */
function addShared(problems: FieldError[], metadata: ObjectMeta): void {
  if (metadata.labels !== undefined) problems.push(...labelProblems(metadata.labels, LABELS));
  if (metadata.annotations !== undefined) problems.push(...annotationProblems(metadata.annotations, ANNOTATIONS));
  if (metadata.ownerReferences !== undefined) problems.push(...ownerProblems(metadata, OWNERS));
  if (metadata.finalizers !== undefined) problems.push(...finalizerProblems(metadata.finalizers, FINALIZERS));
}

function labelProblems(labels: Strings, at: FieldPath): FieldError[] {
  const problems: FieldError[] = [];
  for (const [key, value] of Object.entries(labels)) {
    for (const message of names.qualifiedName(key)) problems.push(fieldErrors.invalid(at, key, message));
    for (const message of names.labelValue(value)) problems.push(fieldErrors.invalid(at, value, message));
  }
  return problems;
}

function annotationProblems(annotations: Strings, at: FieldPath): FieldError[] {
  const problems: FieldError[] = [];
  let bytes = 0;
  for (const [key, value] of Object.entries(annotations)) {
    for (const message of names.qualifiedName(key.toLowerCase())) problems.push(fieldErrors.invalid(at, key, message));
    bytes += key.length + Buffer.byteLength(value);
  }
  if (bytes > ANNOTATIONS_BYTES_MAX) problems.push(fieldErrors.tooLong(at, '', ANNOTATIONS_BYTES_MAX));
  return problems;
}

function ownerProblems(metadata: ObjectMeta, at: FieldPath): FieldError[] {
  const problems: FieldError[] = [];
  let controller: string | undefined;
  (metadata.ownerReferences ?? []).forEach((owner, index) => {
    const here = at.index(index);
    for (const field of OWNER_FIELDS)
      if ((owner[field] ?? '') === '')
        problems.push(
          fieldErrors.invalid(
            here.child(field),
            owner[field] ?? '',
            field === 'apiVersion' ? 'version must not be empty' : 'must not be empty',
          ),
        );
    if ((owner.uid ?? '') === '')
      problems.push(fieldErrors.invalid(here.child('uid'), owner.uid ?? '', 'must not be empty'));
    if (owner.controller !== true) return;
    if (controller !== undefined)
      problems.push(
        fieldErrors.invalid(
          at,
          '',
          `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${owner.name}`,
        ),
      );
    controller = owner.name;
  });
  return problems;
}

function finalizerProblems(finalizers: readonly string[] | undefined, at: FieldPath): FieldError[] {
  const problems: FieldError[] = [];
  const list = finalizers ?? [];
  for (const finalizer of list)
    for (const message of names.qualifiedName(finalizer)) problems.push(fieldErrors.invalid(at, finalizer, message));
  if (list.includes('orphan') && list.includes('foregroundDeletion'))
    problems.push(
      fieldErrors.invalid(at, finalizersText(list), 'finalizer orphan and foregroundDeletion cannot be both set'),
    );
  return problems;
}

function finalizersText(list: readonly string[]): string {
  return list.join(',');
}
