import {
  type APIService,
  type MutatingAdmissionPolicy,
  Resources,
  type ValidatingAdmissionPolicy,
  type ValidatingAdmissionPolicyBinding,
  type ValidatingWebhookConfiguration,
} from '@steersman/api';
import { apiService } from '../apiregistration/api-service.ts';
import { type Kind, refusesToCreate, refusesToUpdate } from '../bad-objects.ts';
import {
  mutatingAdmissionPolicy,
  validatingAdmissionPolicy,
  validatingAdmissionPolicyBinding,
} from './admission-policy.ts';
import { validatingWebhookConfiguration } from './webhook-configuration.ts';

const API = 'admissionregistration.k8s.io/v1';
const spec = (patch: object) => ({ spec: patch });
const rule = { apiGroups: ['apps'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['deployments'] };
const hook = {
  name: 'check.example.com',
  clientConfig: { url: 'https://example.com/check' },
  admissionReviewVersions: ['v1'],
  sideEffects: 'None',
  rules: [rule],
};
const webhooks: Kind<ValidatingWebhookConfiguration> = {
  name: 'validatingWebhookConfiguration',
  type: Resources.validatingWebhookConfigurations,
  strategy: validatingWebhookConfiguration,
  good: { apiVersion: API, kind: 'ValidatingWebhookConfiguration', metadata: { name: 'check' }, webhooks: [hook] },
};
const changed = (patch: object) => ({ webhooks: [{ ...hook, ...patch }] });
const ruled = (patch: object) => changed({ rules: [{ ...rule, ...patch }] });
const called = (patch: object) => changed({ clientConfig: patch });
const AT = 'webhooks[0]';
const RULE = `${AT}.rules[0]`;

refusesToCreate(webhooks, [
  [
    'a name of two parts',
    changed({ name: 'example.com' }),
    [
      `Invalid ${AT}.name: Invalid value: "example.com": should be a domain with at least three segments separated by dots`,
    ],
  ],
  ['a name twice', { webhooks: [hook, hook] }, ['Duplicate webhooks[1].name: Duplicate value: "check.example.com"']],
  [
    'an unknown operation',
    ruled({ operations: ['READ'] }),
    [
      `NotSupported ${RULE}.operations[0]: Unsupported value: "READ": supported values: "*", "CONNECT", "CREATE", "DELETE", "UPDATE"`,
    ],
  ],
  [
    'all operations and more',
    ruled({ operations: ['*', 'CREATE'] }),
    [`Invalid ${RULE}.operations: Invalid value: ["*","CREATE"]: if '*' is present, must not specify other operations`],
  ],
  ['no group', ruled({ apiGroups: [] }), [`Required ${RULE}.apiGroups: Required value`]],
  [
    'a subresource that is covered already',
    ruled({ resources: ['pods/*', 'pods/log'] }),
    [`Invalid ${RULE}.resources[1]: Invalid value: "pods/log": if 'pods/*' is present, must not specify pods/log`],
  ],
  [
    'side effects',
    changed({ sideEffects: 'Some' }),
    [`NotSupported ${AT}.sideEffects: Unsupported value: "Some": supported values: "None", "NoneOnDryRun"`],
  ],
  [
    'silence about side effects',
    changed({ sideEffects: undefined }),
    [`Required ${AT}.sideEffects: Required value: must specify one of None, NoneOnDryRun`],
  ],
  [
    'a patience of a minute',
    changed({ timeoutSeconds: 60 }),
    [`Invalid ${AT}.timeoutSeconds: Invalid value: 60: the timeout value must be between 1 and 30 seconds`],
  ],
  [
    'no address',
    called({}),
    [`Required ${AT}.clientConfig: Required value: exactly one of url or service is required`],
  ],
  [
    'an address without encryption',
    called({ url: 'http://example.com' }),
    [
      `Invalid ${AT}.clientConfig.url: Invalid value: "http": 'https' is the only allowed URL scheme; desired format: https://host[/path]`,
    ],
  ],
  [
    'a service at port 0',
    called({ service: { name: 'a', namespace: 'b', port: 0 } }),
    [
      `Invalid ${AT}.clientConfig.service.port: Invalid value: 0: port is not valid: must be between 1 and 65535, inclusive`,
    ],
  ],
  [
    'reviews of no known version',
    changed({ admissionReviewVersions: ['v9'] }),
    [`Invalid ${AT}.admissionReviewVersions: Invalid value: ["v9"]: must include at least one of v1, v1beta1`],
  ],
  [
    'a condition on what there is not',
    changed({ matchConditions: [{ name: 'a', expression: 'params.x == 1' }] }),
    [
      `Invalid ${AT}.matchConditions[0].expression: Invalid value: "params.x == 1": compilation failed: ERROR: <input>:1:1: undeclared reference to 'params' (in container '')\n | params.x == 1\n | ^`,
    ],
  ],
  [
    'a condition that is none',
    changed({ matchConditions: [{ name: 'a', expression: '"yes"' }] }),
    [`Invalid ${AT}.matchConditions[0].expression: Invalid value: "\\"yes\\"": must evaluate to bool`],
  ],
]);
refusesToUpdate(webhooks, [
  [
    'side effects',
    changed({ sideEffects: 'Some' }),
    [`NotSupported ${AT}.sideEffects: Unsupported value: "Some": supported values: "None", "NoneOnDryRun"`],
  ],
]);

const policies: Kind<ValidatingAdmissionPolicy> = {
  name: 'validatingAdmissionPolicy',
  type: Resources.validatingAdmissionPolicies,
  strategy: validatingAdmissionPolicy,
  good: {
    apiVersion: API,
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name: 'replicas' },
    spec: {
      matchConstraints: { resourceRules: [rule] },
      variables: [{ name: 'count', expression: 'object.spec.replicas' }],
      validations: [
        { expression: 'variables.count <= 5', messageExpression: '"too many: " + string(variables.count)' },
      ],
    },
  },
};
const validation = (patch: object) => spec({ validations: [{ expression: 'true', ...patch }] });
const VALIDATION = 'spec.validations[0]';
refusesToCreate(policies, [
  ['a policy about nothing', spec({ matchConstraints: null }), ['Required spec.matchConstraints: Required value']],
  [
    'no rule of resources',
    spec({ matchConstraints: { resourceRules: [] } }),
    ['Required spec.matchConstraints.resourceRules: Required value'],
  ],
  [
    'nothing to check',
    spec({ validations: [] }),
    ['validations', 'auditAnnotations'].map(
      (field) =>
        `Required spec.${field}: Required value: validations or auditAnnotations must contain at least one item`,
    ),
  ],
  [
    'an unknown failure policy',
    spec({ failurePolicy: 'Shrug' }),
    ['NotSupported spec.failurePolicy: Unsupported value: "Shrug": supported values: "Fail", "Ignore"'],
  ],
  [
    'an expression of a variable that there is not',
    validation({ expression: 'variables.total == 1' }),
    [
      `Invalid ${VALIDATION}.expression: Invalid value: "variables.total == 1": compilation failed: ERROR: <input>:1:10: undefined field 'total'\n | variables.total == 1\n | .........^`,
    ],
  ],
  [
    'an expression that ends too early',
    validation({ expression: 'object.a ==' }),
    [
      `Invalid ${VALIDATION}.expression: Invalid value: "object.a ==": compilation failed: ERROR: <input>:1:12: Syntax error: mismatched input '<EOF>' expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}\n | object.a ==\n | ...........^`,
    ],
  ],
  [
    'a message of two lines',
    validation({ message: 'a\nb' }),
    [`Invalid ${VALIDATION}.message: Invalid value: "a\\nb": message must not contain line breaks`],
  ],
  [
    'an unknown reason',
    validation({ reason: 'Mood' }),
    [
      `NotSupported ${VALIDATION}.reason: Unsupported value: "Mood": supported values: "Forbidden", "Invalid", "RequestEntityTooLarge"`,
    ],
  ],
  [
    'parameters of no version',
    spec({ paramKind: { apiVersion: 'a/', kind: 'X' } }),
    ['Invalid spec.paramKind.apiVersion: Invalid value: "a/": version must be specified'],
  ],
  [
    'a variable that is no identifier',
    spec({ variables: [{ name: 'in', expression: '1' }], validations: [{ expression: 'true' }] }),
    ['Invalid spec.variables[0].name: Invalid value: "in": name is not a valid CEL identifier'],
  ],
]);

const bindings: Kind<ValidatingAdmissionPolicyBinding> = {
  name: 'validatingAdmissionPolicyBinding',
  type: Resources.validatingAdmissionPolicyBindings,
  strategy: validatingAdmissionPolicyBinding,
  good: {
    apiVersion: API,
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name: 'replicas' },
    spec: { policyName: 'replicas', validationActions: ['Deny'] },
  },
};
refusesToCreate(bindings, [
  ['no policy', spec({ policyName: '' }), ['Required spec.policyName: Required value']],
  [
    'no action',
    spec({ validationActions: [] }),
    ['Required spec.validationActions: Required value: at least one validation action is required'],
  ],
  [
    'an action twice',
    spec({ validationActions: ['Audit', 'Audit'] }),
    ['Duplicate spec.validationActions[1]: Duplicate value: "Audit"'],
  ],
  [
    'parameters by name and by selector',
    spec({ paramRef: { name: 'a', selector: {}, parameterNotFoundAction: 'Deny' } }),
    ['name', 'selector'].map(
      (field) => `Forbidden spec.paramRef.${field}: Forbidden: name and selector are mutually exclusive`,
    ),
  ],
  [
    'parameters of no name',
    spec({ paramRef: { parameterNotFoundAction: 'Deny' } }),
    ['Required spec.paramRef: Required value: one of name or selector must be specified'],
  ],
]);

const mutating: Kind<MutatingAdmissionPolicy> = {
  name: 'mutatingAdmissionPolicy',
  type: Resources.mutatingAdmissionPolicies,
  strategy: mutatingAdmissionPolicy,
  good: {
    apiVersion: API,
    kind: 'MutatingAdmissionPolicy',
    metadata: { name: 'label' },
    spec: {
      matchConstraints: { resourceRules: [rule] },
      mutations: [
        {
          patchType: 'ApplyConfiguration',
          applyConfiguration: { expression: 'Object{metadata: Object.metadata{labels: {"a": "b"}}}' },
        },
        {
          patchType: 'JSONPatch',
          jsonPatch: {
            expression: '[JSONPatch{op: "add", path: "/metadata/labels/" + jsonPatch.escapeKey("a/b"), value: "c"}]',
          },
        },
      ],
      reinvocationPolicy: 'Never',
    },
  },
};
refusesToCreate(mutating, [
  [
    'nothing to change',
    spec({ mutations: [] }),
    ['Required spec.mutations: Required value: mutations must contain at least one item'],
  ],
  [
    'a patch of an unknown type',
    spec({ mutations: [{ patchType: 'Merge' }] }),
    [
      'NotSupported spec.mutations[0].patchType: Unsupported value: "Merge": supported values: "ApplyConfiguration", "JSONPatch"',
    ],
  ],
  [
    'a patch without its expression',
    spec({ mutations: [{ patchType: 'JSONPatch' }] }),
    ['Required spec.mutations[0].jsonPatch: Required value: must be specified when patchType is JSONPatch'],
  ],
]);

const services: Kind<APIService> = {
  name: 'apiService',
  type: Resources.apiServices,
  strategy: apiService,
  good: {
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: { name: 'v1.example.com' },
    spec: {
      group: 'example.com',
      version: 'v1',
      groupPriorityMinimum: 100,
      versionPriority: 10,
      service: { namespace: 'default', name: 'api' },
    },
  },
};
refusesToCreate(services, [
  [
    'a name of another version',
    { metadata: { name: 'v2.example.com' } },
    ['Invalid metadata.name: Invalid value: "v2.example.com": must be `spec.version+"."+spec.group`: "v1.example.com"'],
  ],
  [
    'priorities out of bounds',
    spec({ groupPriorityMinimum: 20001, versionPriority: 0 }),
    [
      'Invalid spec.groupPriorityMinimum: Invalid value: 20001: must be positive and less than 20000',
      'Invalid spec.versionPriority: Invalid value: 0: must be positive and less than 1000',
    ],
  ],
  ['a service without name', spec({ service: { name: '' } }), ['Required spec.service.name: Required value']],
  [
    'an authority that nobody asks',
    spec({ caBundle: 'AAAA', insecureSkipTLSVerify: true }),
    ['Invalid spec.insecureSkipTLSVerify: Invalid value: true: may not be true if caBundle is present'],
  ],
  [
    'an authority for this server itself',
    spec({ service: null, caBundle: 'AAAA' }),
    ['Invalid spec.caBundle: Invalid value: "3 bytes": local APIServices may not have a caBundle'],
  ],
]);
