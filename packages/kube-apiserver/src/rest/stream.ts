import { errors } from '@steersman/api';
import type { Outcome } from '../pipeline/exchange.ts';
import type { StreamHandler } from '../streaming-contract.ts';
import type { ResourceRequest } from './rest-context.ts';

/** Hands a request over to a streaming endpoint; errors before its response has started become a Status as usual. */
export async function callStream(request: ResourceRequest, handler: StreamHandler): Promise<Outcome> {
  const { exchange, namespace, name } = request;
  const { request: http, response, upgrade, user, info } = exchange;
  if (!handler.methods.includes(http.method)) throw errors.methodNotAllowed();
  await handler.handle({
    user,
    verb: info.verb,
    namespace,
    name,
    rest: info.rest,
    parameters: new URLSearchParams(http.query),
    http,
    response,
    upgrade,
    get signal() {
      return http.signal;
    },
  });
  return 'answered';
}
