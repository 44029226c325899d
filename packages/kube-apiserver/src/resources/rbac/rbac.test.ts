import { type ClusterRole, type ClusterRoleBinding, Resources, type Role, type RoleBinding } from '@steersman/api';
import { badLabels } from '../bad-metadata.ts';
import { type BadObject, type Kind, refusesToCreate, refusesToUpdate } from '../bad-objects.ts';
import { clusterRole } from './cluster-role.ts';
import { clusterRoleBinding } from './cluster-role-binding.ts';
import { role } from './role.ts';
import { roleBinding } from './role-binding.ts';

const GROUP = 'rbac.authorization.k8s.io';
const apiVersion = `${GROUP}/v1`;
const rule = { verbs: ['get'], apiGroups: [''], resources: ['pods'] };

const badRules: readonly BadObject[] = [
  ...badLabels,
  [
    'a name with a slash',
    { metadata: { name: 'a/b' } },
    [`Invalid metadata.name: Invalid value: "a/b": may not contain '/'`],
  ],
  [
    'a rule without verbs',
    { rules: [{ ...rule, verbs: [] }] },
    ['Required rules[0].verbs: Required value: verbs must contain at least one value'],
  ],
  [
    'a rule without groups',
    { rules: [{ ...rule, apiGroups: [] }] },
    ['Required rules[0].apiGroups: Required value: resource rules must supply at least one api group'],
  ],
  [
    'a rule without resources',
    { rules: [{ ...rule, resources: [] }] },
    ['Required rules[0].resources: Required value: resource rules must supply at least one resource'],
  ],
];
const MIXED =
  'Invalid rules[0].nonResourceURLs: Invalid value: ["/x"]: rules cannot apply to both regular resources and non-resource URLs';

refusesToCreate<Role>(
  {
    name: 'role',
    type: Resources.roles,
    strategy: role,
    good: { apiVersion, kind: 'Role', metadata: { namespace: 'default', name: 'r' }, rules: [rule] },
  },
  [
    ...badRules,
    [
      'paths in a namespace',
      { rules: [{ verbs: ['get'], nonResourceURLs: ['/x'] }] },
      ['Invalid rules[0].nonResourceURLs: Invalid value: ["/x"]: namespaced rules cannot apply to non-resource URLs'],
    ],
  ],
);
refusesToCreate<ClusterRole>(
  {
    name: 'clusterRole',
    type: Resources.clusterRoles,
    strategy: clusterRole,
    good: { apiVersion, kind: 'ClusterRole', metadata: { name: 'r' }, rules: [rule] },
  },
  [
    ...badRules,
    ['resources and paths in one rule', { rules: [{ ...rule, nonResourceURLs: ['/x'] }] }, [MIXED]],
    [
      'an aggregation of nothing',
      { aggregationRule: { clusterRoleSelectors: [] } },
      [
        'Required aggregationRule.clusterRoleSelectors: Required value: at least one clusterRoleSelector required if aggregationRule is non-nil',
      ],
    ],
  ],
);

const roleRef = { apiGroup: GROUP, kind: 'ClusterRole', name: 'view' };
const subject = (patch: object) => ({ subjects: [{ kind: 'User', name: 'jane', apiGroup: GROUP, ...patch }] });
const badBindings: readonly BadObject[] = [
  ...badLabels.slice(0, 3),
  [
    'a role of another group',
    { roleRef: { apiGroup: 'x' } },
    [`NotSupported roleRef.apiGroup: Unsupported value: "x": supported values: "${GROUP}"`],
  ],
  ['a role without a name', { roleRef: { name: '' } }, ['Required roleRef.name: Required value']],
  [
    'a role name with a slash',
    { roleRef: { name: 'a/b' } },
    [`Invalid roleRef.name: Invalid value: "a/b": may not contain '/'`],
  ],
  ['a subject without a name', subject({ name: '' }), ['Required subjects[0].name: Required value']],
  [
    'a subject of an unknown kind',
    subject({ kind: 'Robot' }),
    ['NotSupported subjects[0].kind: Unsupported value: "Robot": supported values: "ServiceAccount", "User", "Group"'],
  ],
  [
    'a user of another group',
    subject({ apiGroup: 'x' }),
    [`NotSupported subjects[0].apiGroup: Unsupported value: "x": supported values: "${GROUP}"`],
  ],
];
const namespaced: Kind<RoleBinding> = {
  name: 'roleBinding',
  type: Resources.roleBindings,
  strategy: roleBinding,
  good: {
    apiVersion,
    kind: 'RoleBinding',
    metadata: { namespace: 'default', name: 'b' },
    roleRef,
    subjects: [{ kind: 'User', name: 'jane' }],
  },
};
refusesToCreate(namespaced, [
  ...badBindings,
  [
    'a role of an unknown kind',
    { roleRef: { kind: 'X' } },
    ['NotSupported roleRef.kind: Unsupported value: "X": supported values: "Role", "ClusterRole"'],
  ],
]);
refusesToUpdate(namespaced, [
  [
    'another role',
    { roleRef: { name: 'edit' } },
    [
      `Invalid roleRef: Invalid value: {"APIGroup":"${GROUP}","Kind":"ClusterRole","Name":"edit"}: cannot change roleRef`,
    ],
  ],
]);
refusesToCreate<ClusterRoleBinding>(
  {
    name: 'clusterRoleBinding',
    type: Resources.clusterRoleBindings,
    strategy: clusterRoleBinding,
    good: {
      apiVersion,
      kind: 'ClusterRoleBinding',
      metadata: { name: 'b' },
      roleRef,
      subjects: [{ kind: 'Group', name: 'team' }],
    },
  },
  [
    ...badBindings,
    [
      'a service account without a namespace',
      { subjects: [{ kind: 'ServiceAccount', name: 'a' }] },
      ['Required subjects[0].namespace: Required value'],
    ],
    [
      'a role of a namespace',
      { roleRef: { kind: 'Role' } },
      ['NotSupported roleRef.kind: Unsupported value: "Role": supported values: "ClusterRole"'],
    ],
  ],
);
