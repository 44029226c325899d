import { errors } from '@steersman/api';
import type { UserInfo } from '../authentication/contract.ts';
import type { Attributes, Authorizer } from '../authorization/contract.ts';
import type { Exchange, Outcome, Stage } from './exchange.ts';

const USER = 'impersonate-user';
const GROUP = 'impersonate-group';
const UID = 'impersonate-uid';
const EXTRA = 'impersonate-extra-';
const SERVICE_ACCOUNT = /^system:serviceaccount:([^:]+):([^:]+)$/;

/** Lets an authorized user act as another (Impersonate-* headers); each part is authorized on its own. */
export function impersonateStage(authorizer: Authorizer): Stage {
  return (exchange): Outcome | Promise<Outcome> => {
    const { headers } = exchange.request;
    if (headers[USER] === undefined && headers[GROUP] === undefined && headers[UID] === undefined) return 'next';
    return impersonate(exchange, authorizer);
  };
}

async function impersonate(exchange: Exchange, authorizer: Authorizer): Promise<Outcome> {
  const { request } = exchange;
  const name = request.headers[USER];
  if (name === undefined || name === '')
    throw errors.badRequest('requested impersonation without impersonating a user');
  const groups = request.headerValues(GROUP);
  const extra = extraOf(request.headers);
  const uid = request.headers[UID];
  const account = SERVICE_ACCOUNT.exec(name);
  await check(
    exchange,
    authorizer,
    account === null
      ? { resource: 'users', name }
      : { resource: 'serviceaccounts', namespace: account[1]!, name: account[2]! },
  );
  for (const group of groups) await check(exchange, authorizer, { resource: 'groups', name: group });
  for (const [key, values] of Object.entries(extra))
    for (const value of values)
      await check(exchange, authorizer, {
        group: 'authentication.k8s.io',
        resource: 'userextras',
        subresource: key,
        name: value,
      });
  if (uid !== undefined)
    await check(exchange, authorizer, { group: 'authentication.k8s.io', resource: 'uids', name: uid });
  exchange.user = {
    name,
    groups: groupsFor(name, account, groups),
    ...(uid === undefined ? {} : { uid }),
    ...(Object.keys(extra).length === 0 ? {} : { extra }),
  } satisfies UserInfo;
  return 'next';
}

function groupsFor(name: string, account: RegExpExecArray | null, asked: readonly string[]): readonly string[] {
  if (name === 'system:anonymous') return asked.length > 0 ? asked : ['system:unauthenticated'];
  const given =
    asked.length === 0 && account !== null ? ['system:serviceaccounts', `system:serviceaccounts:${account[1]}`] : asked;
  return given.includes('system:authenticated') ? given : [...given, 'system:authenticated'];
}

function extraOf(headers: Readonly<Record<string, string | undefined>>): Record<string, string[]> {
  const extra: Record<string, string[]> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (!name.startsWith(EXTRA) || value === undefined) continue;
    extra[decodeURIComponent(name.slice(EXTRA.length))] = value.split(',').map((part) => part.trim());
  }
  return extra;
}

async function check(
  exchange: Exchange,
  authorizer: Authorizer,
  what: {
    readonly group?: string;
    readonly resource: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name: string;
  },
): Promise<void> {
  const attributes: Attributes = {
    user: exchange.user,
    verb: 'impersonate',
    resource: { group: '', version: 'v1', subresource: '', namespace: '', ...what },
  };
  const decision = await authorizer.authorize(attributes);
  if (decision.kind === 'allow') return;
  const group = what.group ?? '';
  const why = `User ${JSON.stringify(exchange.user.name)} cannot impersonate resource ${JSON.stringify(what.resource)} in API group ${JSON.stringify(group)} at the cluster scope`;
  throw errors.forbidden({ group, resource: what.resource }, what.name, why);
}
