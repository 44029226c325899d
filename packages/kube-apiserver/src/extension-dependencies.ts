import type { Client } from '@steersman/client';
import type { ObjectModel } from './object-model.ts';
import type { ExtensionDependencies } from './registry/subresource-contract.ts';
import type { Security } from './security.ts';
import { shownObject } from './self-client.ts';
import type { ServerConfig } from './server-config.ts';
import type { ApiServerOptions } from './server-options.ts';

/** What extensions (admission, subresources, hooks) get to work with. */
export function extensionDependencies(
  options: ApiServerOptions,
  config: ServerConfig,
  client: Client,
  security: Security,
  model: ObjectModel,
): ExtensionDependencies {
  return {
    effects: options.effects,
    config,
    client,
    storage: options.storage,
    holdsAny: (plural, namespace) => (model.resources.get(`/v1/${plural}`)?.stored?.cache.count(namespace) ?? 0) > 0,
    shown: (type, key) => shownObject(model, type, key),
    authorizer: security.authorizer,
    tokenIssuer: security.issuer,
    rulesOf: async (user, namespace) => security.rbac.rulesOf(user, namespace),
    authenticateToken: async (token, audiences) => {
      const reviewed = security.verifier.review(token, audiences);
      if (reviewed !== undefined) return reviewed;
      const signal = new AbortController().signal;
      for (const authenticator of security.authenticators) {
        if (authenticator === security.verifier) continue;
        const user = await authenticator.authenticate({ bearerToken: token }, signal).catch(() => undefined);
        if (user !== undefined) return { user, audiences: audiences.length === 0 ? config.apiAudiences : audiences };
      }
      return undefined;
    },
  };
}
