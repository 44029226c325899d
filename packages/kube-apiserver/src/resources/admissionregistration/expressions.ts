/** Expressions of webhooks and policies, and what they may speak of (KEP-3488, KEP-3716, KEP-3962). */
import { type FieldError, type FieldPath, fieldErrors, type MatchCondition, names } from '@steersman/api';
import { type CelType, compile, type Structs } from '../cel/compile.ts';
import { each, empty, invalidFor, unique } from '../checks.ts';

const MATCH_CONDITIONS_MAX = 64;

const KIND = { group: 'string', version: 'string', kind: 'string' };
const RESOURCE = { group: 'string', version: 'string', resource: 'string' };
const STRUCTS: Structs = {
  'kubernetes.AdmissionRequest': {
    kind: 'kubernetes.GroupVersionKind',
    resource: 'kubernetes.GroupVersionResource',
    subResource: 'string',
    requestKind: 'kubernetes.GroupVersionKind',
    requestResource: 'kubernetes.GroupVersionResource',
    requestSubResource: 'string',
    name: 'string',
    namespace: 'string',
    operation: 'string',
    userInfo: 'kubernetes.UserInfo',
    dryRun: 'bool',
    options: 'dyn',
  },
  'kubernetes.GroupVersionKind': KIND,
  'kubernetes.GroupVersionResource': RESOURCE,
  'kubernetes.UserInfo': { username: 'string', uid: 'string', groups: 'list', extra: 'map' },
  'kubernetes.Namespace': {
    metadata: 'kubernetes.NamespaceMetadata',
    spec: 'kubernetes.NamespaceSpec',
    status: 'kubernetes.NamespaceStatus',
  },
  'kubernetes.NamespaceMetadata': {
    name: 'string',
    generateName: 'string',
    namespace: 'string',
    labels: 'map',
    annotations: 'map',
    UID: 'string',
    creationTimestamp: 'google.protobuf.Timestamp',
    deletionGracePeriodSeconds: 'int',
    deletionTimestamp: 'google.protobuf.Timestamp',
    generation: 'int',
    resourceVersion: 'string',
    finalizers: 'list',
  },
  'kubernetes.NamespaceSpec': { finalizers: 'list' },
  'kubernetes.NamespaceStatus': { conditions: 'list', phase: 'string' },
};

export interface Speech {
  readonly params?: boolean;
  readonly authorizer?: boolean;
  /** Declared by the policy before this expression, with their types. */
  readonly variables?: Readonly<Record<string, CelType>>;
  /** Expressions that make patches construct objects. */
  readonly patches?: boolean;
}

/** The type of a well-formed expression, or what is wrong with it. */
export function compileFor(text: string, speech: Speech, wanted: readonly CelType[]): ReturnType<typeof compile> {
  const { variables } = speech;
  return compile(
    text,
    {
      variables: {
        object: 'dyn',
        oldObject: 'dyn',
        namespaceObject: 'kubernetes.Namespace',
        request: 'kubernetes.AdmissionRequest',
        ...(speech.params === true ? { params: 'dyn' } : {}),
        ...(speech.authorizer === false ? {} : { authorizer: 'unknown' }),
        ...(variables === undefined ? {} : { variables: 'kubernetes.variables' }),
      },
      structs: { ...STRUCTS, 'kubernetes.variables': variables ?? {} },
      constructible: speech.patches === true ? ['Object', 'JSONPatch'] : [],
    },
    wanted,
  );
}

/** `kept` are expressions of the stored object. They compiled once, and are not refused for what has changed since. */
export function validateExpression(
  text: string,
  speech: Speech,
  wanted: readonly CelType[],
  at: FieldPath,
): FieldError[] {
  const { problem } = compileFor(text, speech, wanted);
  return problem === undefined ? [] : [fieldErrors.invalid(at, text, problem)];
}

export function validateMatchConditions(
  conditions: readonly MatchCondition[] | undefined,
  speech: Speech,
  at: FieldPath,
): FieldError[] {
  const count = (conditions ?? []).length;
  return [
    ...(count > MATCH_CONDITIONS_MAX ? [fieldErrors.tooMany(at, count, MATCH_CONDITIONS_MAX)] : []),
    ...each(conditions, at, ({ name, expression }, where) => {
      const text = (expression ?? '').trim();
      return [
        ...(text === ''
          ? [fieldErrors.required(where.child('expression'), '')]
          : validateExpression(text, speech, ['bool'], where.child('expression'))),
        ...(empty(name)
          ? [fieldErrors.required(where.child('name'), '')]
          : invalidFor(names.qualifiedName(name), name, where.child('name'))),
      ];
    }),
    ...unique(conditions, ({ name }, index) =>
      empty(name) ? undefined : { value: name, at: at.index(index).child('name') },
    ),
  ];
}
