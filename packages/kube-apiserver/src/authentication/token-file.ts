import { createHash } from 'node:crypto';
import { ConfigurationError } from '../configuration-error.ts';
import type { Authenticator, UserInfo } from './contract.ts';

/** The static token file: lines of `token,user,uid[,"group1,group2"]`. */
export function tokenFileAuthenticator(text: string): Authenticator {
  const users = new Map<string, UserInfo>();
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const [token, name, uid, groups] = fieldsOf(line);
    if (token === undefined || token === '' || name === undefined || name === '' || uid === undefined)
      throw new ConfigurationError(
        'bad-token-file',
        `line ${index + 1} of the token file needs at least token, user name and user uid`,
      );
    users.set(digest(token), {
      name,
      uid,
      groups: groups === undefined || groups === '' ? [] : groups.split(',').map((group) => group.trim()),
    });
  }
  return {
    name: 'token-file',
    authenticate: async ({ bearerToken }) => (bearerToken === undefined ? undefined : users.get(digest(bearerToken))),
  };
}

/** Tokens are compared as digests, so that the time of a look-up says nothing about them. */
function digest(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

function fieldsOf(line: string): string[] {
  const fields: string[] = [];
  for (const match of line.trim().matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g))
    fields.push((match[1] ?? match[2] ?? '').replaceAll('""', '"').trim());
  return fields;
}
