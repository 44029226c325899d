import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FlowSchema, type PriorityLevelConfiguration, Resources } from '@steersman/api';
import { flowSchemas, priorityLevels } from '../../bootstrap/flow-control.ts';
import { type Kind, prepared, refusesToCreate } from '../bad-objects.ts';
import { flowSchema } from './flow-schema.ts';
import { priorityLevelConfiguration } from './priority-level-configuration.ts';

const spec = (patch: object) => ({ spec: patch });
const API = 'flowcontrol.apiserver.k8s.io/v1';
const rule = { verbs: ['get'], apiGroups: [''], resources: ['pods'], namespaces: ['*'] };
const subject = { kind: 'User', user: { name: 'ann' } };

const schemas: Kind<FlowSchema> = {
  name: 'flowSchema',
  type: Resources.flowSchemas,
  strategy: flowSchema,
  good: {
    apiVersion: API,
    kind: 'FlowSchema',
    metadata: { name: 'mine' },
    spec: {
      priorityLevelConfiguration: { name: 'workload-low' },
      rules: [{ subjects: [subject], resourceRules: [rule] }],
    },
  },
};
const rules = (patch: object) => spec({ rules: [{ subjects: [subject], resourceRules: [rule], ...patch }] });
const AT = 'spec.rules[0]';

refusesToCreate(schemas, [
  [
    'no priority level',
    spec({ priorityLevelConfiguration: { name: '' } }),
    ['Required spec.priorityLevelConfiguration.name: Required value: must reference a priority level'],
  ],
  [
    'a negative precedence',
    spec({ matchingPrecedence: -1 }),
    ['Invalid spec.matchingPrecedence: Invalid value: -1: must be a positive value'],
  ],
  [
    'a precedence after the last',
    spec({ matchingPrecedence: 10001 }),
    ['Invalid spec.matchingPrecedence: Invalid value: 10001: must not be greater than 10000'],
  ],
  [
    'the first precedence',
    spec({ matchingPrecedence: 1 }),
    ["Invalid spec.matchingPrecedence: Invalid value: 1: only the schema named 'exempt' may have matchingPrecedence 1"],
  ],
  [
    'an unknown distinguisher',
    spec({ distinguisherMethod: { type: 'ByDay' } }),
    [
      'NotSupported spec.distinguisherMethod.type: Unsupported value: {"type":"ByDay"}: supported values: "ByNamespace", "ByUser"',
    ],
  ],
  [
    'rules about nobody',
    rules({ subjects: [] }),
    [`Required ${AT}.subjects: Required value: subjects must contain at least one value`],
  ],
  [
    'rules about nothing',
    rules({ resourceRules: [] }),
    [`Required ${AT}: Required value: at least one of resourceRules and nonResourceRules has to be non-empty`],
  ],
  [
    'an unknown subject',
    rules({ subjects: [{ kind: 'Robot' }] }),
    [
      `NotSupported ${AT}.subjects[0].kind: Unsupported value: "Robot": supported values: "Group", "ServiceAccount", "User"`,
    ],
  ],
  [
    'a user without name',
    rules({ subjects: [{ kind: 'User' }] }),
    [`Required ${AT}.subjects[0].user: Required value: user is required when subject kind is 'User'`],
  ],
  [
    'a user that is a group',
    rules({ subjects: [{ ...subject, group: { name: 'g' } }] }),
    [`Forbidden ${AT}.subjects[0].group: Forbidden: group is forbidden when subject kind is not 'Group'`],
  ],
  [
    'all verbs and more',
    rules({ resourceRules: [{ ...rule, verbs: ['*', 'get'] }] }),
    [
      `Invalid ${AT}.resourceRules[0].verbs: Invalid value: ["*","get"]: if '*' is present, must not specify other verbs`,
    ],
  ],
  [
    'no namespace',
    rules({ resourceRules: [{ ...rule, namespaces: [] }] }),
    [
      `Required ${AT}.resourceRules[0].namespaces: Required value: resource rules that are not cluster scoped must supply at least one namespace`,
    ],
  ],
  [
    'a wildcard inside a path',
    rules({ resourceRules: [], nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/a*b'] }] }),
    [
      `Invalid ${AT}.nonResourceRules[0].nonResourceURLs[0]: Invalid value: "/a*b": wildcard can only do suffix matching`,
    ],
  ],
]);

const levels: Kind<PriorityLevelConfiguration> = {
  name: 'priorityLevelConfiguration',
  type: Resources.priorityLevelConfigurations,
  strategy: priorityLevelConfiguration,
  good: {
    apiVersion: API,
    kind: 'PriorityLevelConfiguration',
    metadata: { name: 'mine' },
    spec: { type: 'Limited', limited: { limitResponse: { type: 'Queue', queuing: {} } } },
  },
};
const limited = (patch: object) => spec({ limited: patch });
const queuing = (patch: object) => limited({ limitResponse: { queuing: patch } });
const QUEUING = 'spec.limited.limitResponse.queuing';

refusesToCreate(levels, [
  [
    'an exemption for others',
    spec({ type: 'Exempt', limited: null }),
    [`Invalid spec.type: Invalid value: "Exempt": type must be 'Exempt' if and only if name is 'exempt'`],
  ],
  [
    'an unknown type',
    spec({ type: 'Some' }),
    ['NotSupported spec.type: Unsupported value: "Some": supported values: "Exempt", "Limited"'],
  ],
  [
    'a limit without limits',
    spec({ limited: null }),
    ['Required spec.limited: Required value: must not be empty when type is Limited'],
  ],
  [
    'negative shares',
    limited({ nominalConcurrencyShares: -1 }),
    ['Invalid spec.limited.nominalConcurrencyShares: Invalid value: -1: must be a non-negative integer'],
  ],
  [
    'lending more than it has',
    limited({ lendablePercent: 101 }),
    ['Invalid spec.limited.lendablePercent: Invalid value: 101: must be between 0 and 100, inclusive'],
  ],
  [
    'queues with rejection',
    limited({ limitResponse: { type: 'Reject' } }),
    [`Forbidden ${QUEUING}: Forbidden: must be nil if limited.limitResponse.type is not Limited`],
  ],
  [
    'a hand larger than the deck',
    queuing({ queues: 4, handSize: 5 }),
    [`Invalid ${QUEUING}.handSize: Invalid value: 5: should not be greater than queues (4)`],
  ],
  [
    'hands that one hash cannot deal',
    queuing({ queues: 1024, handSize: 7 }),
    [
      `Invalid ${QUEUING}.handSize: Invalid value: 7: required entropy bits of deckSize 1024 and handSize 7 should not be greater than 60`,
    ],
  ],
]);

test('flowSchema.validate() and priorityLevelConfiguration.validate() accept what the server itself writes', () => {
  for (const good of flowSchemas) {
    const made = prepared({ ...schemas, good }, good);
    assert.deepEqual(flowSchema.validate?.(made), [], String(good.metadata.name));
  }
  for (const good of priorityLevels) {
    const made = prepared({ ...levels, good }, good);
    assert.deepEqual(priorityLevelConfiguration.validate?.(made), [], String(good.metadata.name));
  }
});
