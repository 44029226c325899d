import { createHash } from 'node:crypto';
import { ConfigurationError } from '../configuration-error.ts';
import type { Authenticator, UserInfo } from './contract.ts';

/** The static token file: lines of `token,user,uid[,"group1,group2"]`. It is parsed again when `text` gives another one. */
export function tokenFileAuthenticator(text: () => string): Authenticator {
  let known = text();
  let users = usersOf(known);
  return {
    name: 'token-file',
    async authenticate({ bearerToken }) {
      if (bearerToken === undefined) return undefined;
      const now = text();
      if (now !== known) {
        known = now;
        users = usersOf(now);
      }
      return users.get(digest(bearerToken));
    },
  };
}

function usersOf(text: string): ReadonlyMap<string, UserInfo> {
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
  return users;
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
