import { errors } from '@steersman/api';
import type { HttpRequest } from '@steersman/server';
import type { UserInfo } from '../authentication/contract.ts';
import { extraOf } from '../authentication/extra-headers.ts';
import type { Attributes, Authorizer } from '../authorization/contract.ts';
import { forbidden } from './authorize.ts';
import type { Exchange, Outcome, Stage } from './exchange.ts';

const USER = 'impersonate-user';
const GROUP = 'impersonate-group';
const UID = 'impersonate-uid';
const EXTRA = 'impersonate-extra-';
const ANONYMOUS = 'system:anonymous';
const AUTHENTICATED = 'system:authenticated';
const UNAUTHENTICATED = 'system:unauthenticated';
const SERVICE_ACCOUNT = /^system:serviceaccount:([^:]+):([^:]+)$/;

/** Lets an authorized user act as another (Impersonate-* headers); each part is authorized on its own. */
export function impersonateStage(authorizer: Authorizer): Stage {
  return (exchange): Outcome | Promise<Outcome> => {
    const { headers } = exchange.request;
    if (headers[USER] === undefined && headers[GROUP] === undefined && headers[UID] === undefined && !hasExtra(headers))
      return 'next';
    return impersonate(exchange, authorizer);
  };
}

async function impersonate(exchange: Exchange, authorizer: Authorizer): Promise<Outcome> {
  const { request } = exchange;
  const name = request.headers[USER];
  if (name === undefined || name === '')
    throw errors.badRequest('requested impersonation without impersonating a user');
  const groups = request.headerValues(GROUP);
  const extra = extraOf(request, [EXTRA]);
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

/** Named groups are the whole truth, but for the one that tells whether somebody is authenticated. */
function groupsFor(name: string, account: RegExpExecArray | null, asked: readonly string[]): readonly string[] {
  if (name === ANONYMOUS) return asked.includes(UNAUTHENTICATED) ? asked : [...asked, UNAUTHENTICATED];
  const given =
    asked.length === 0 && account !== null ? ['system:serviceaccounts', `system:serviceaccounts:${account[1]}`] : asked;
  return given.includes(AUTHENTICATED) || given.includes(UNAUTHENTICATED) ? given : [...given, AUTHENTICATED];
}

function hasExtra(headers: HttpRequest['headers']): boolean {
  for (const name in headers) if (name.startsWith(EXTRA)) return true;
  return false;
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
  if (decision.kind !== 'allow') throw forbidden(attributes, decision.reason);
}
