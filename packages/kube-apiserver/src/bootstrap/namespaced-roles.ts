/** The roles of kube-system and kube-public, as of v1.36. */
import type { Role, RoleBinding } from '@steersman/api';
import { account, binding, eventsRule, READ, role, rule, user } from './role-notation.ts';

const SYSTEM = 'kube-system';
const PUBLIC = 'kube-public';
const LEADERS = ['kube-controller-manager', 'kube-scheduler'];
const SIGNER = 'system:controller:bootstrap-signer';

export const roles: readonly Role[] = [
  role(SYSTEM, 'extension-apiserver-authentication-reader', [
    rule(READ, 'core', 'configmaps', 'extension-apiserver-authentication'),
  ]),
  role(SYSTEM, SIGNER, [rule(READ, 'core', 'secrets')]),
  role(SYSTEM, 'system:controller:cloud-provider', [rule(`create ${READ}`, 'core', 'configmaps')]),
  role(SYSTEM, 'system:controller:token-cleaner', [rule(`delete ${READ}`, 'core', 'secrets'), eventsRule]),
  ...LEADERS.map((name) =>
    role(SYSTEM, `system::leader-locking-${name}`, [
      rule(`create ${READ} update`, 'coordination.k8s.io', 'leases'),
      rule(`create ${READ} update`, 'coordination.k8s.io', 'leasecandidates'),
    ]),
  ),
  role(PUBLIC, SIGNER, [
    rule(READ, 'core', 'configmaps'),
    rule('update', 'core', 'configmaps', 'cluster-info'),
    eventsRule,
  ]),
];

export const roleBindings: readonly RoleBinding[] = [
  binding(
    SYSTEM,
    'system::extension-apiserver-authentication-reader',
    LEADERS.map((name) => user(`system:${name}`)),
    'extension-apiserver-authentication-reader',
  ),
  ...LEADERS.map((name) =>
    binding(SYSTEM, `system::leader-locking-${name}`, [user(`system:${name}`), account(SYSTEM, name)]),
  ),
  binding(SYSTEM, SIGNER, [account(SYSTEM, 'bootstrap-signer')]),
  binding(SYSTEM, 'system:controller:cloud-provider', [account(SYSTEM, 'cloud-provider')]),
  binding(SYSTEM, 'system:controller:token-cleaner', [account(SYSTEM, 'token-cleaner')]),
  binding(PUBLIC, SIGNER, [account(SYSTEM, 'bootstrap-signer')]),
];
