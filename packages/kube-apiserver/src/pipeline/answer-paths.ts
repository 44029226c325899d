import { errors } from '@steersman/api';
import type { Metrics } from '@steersman/machinery';
import { type HealthEndpoints, handleMetrics, VERSION } from '@steersman/server';
import { type Exchange, type Outcome, type Stage, sendJson, sendJsonValue } from './exchange.ts';

export type Responder = (exchange: Exchange) => Outcome | undefined;

export interface PathsOptions {
  readonly health: HealthEndpoints;
  readonly metrics: Metrics;
  readonly responders: readonly Responder[];
  readonly openidConfiguration: () => object;
  readonly jwks: () => object;
  /** Answers resource requests. */
  readonly resources: (exchange: Exchange) => Outcome | Promise<Outcome>;
}
const LISTED = [
  '/.well-known/openid-configuration',
  '/api',
  '/api/v1',
  '/apis',
  '/healthz',
  '/livez',
  '/metrics',
  '/openapi/v2',
  '/openapi/v3',
  '/openid/v1/jwks',
  '/readyz',
  '/version',
];

/** The last stage: resources, and the few paths beside them. */
export function answerStage(options: PathsOptions): Stage {
  return (exchange) => {
    if (exchange.info.isResource) return options.resources(exchange);
    for (const responder of options.responders) {
      const outcome = responder(exchange);
      if (outcome !== undefined) return outcome;
    }
    return answerPath(exchange, options);
  };
}

/** What verifiers of tokens read; they may keep it for an hour, as upstream tells them. */
function sendPublished(exchange: Exchange, type: string, value: object): void {
  const headers = { 'content-type': type, 'cache-control': 'public, max-age=3600' };
  sendJson(exchange, 200, Buffer.from(JSON.stringify(value)), headers);
}

async function answerPath(exchange: Exchange, options: PathsOptions): Promise<Outcome> {
  const { request, response } = exchange;
  switch (request.path) {
    case '/':
      sendJsonValue(exchange, 200, { paths: LISTED });
      return 'answered';
    case '/version':
      sendJsonValue(exchange, 200, VERSION);
      return 'answered';
    case '/.well-known/openid-configuration':
      sendPublished(exchange, 'application/json', options.openidConfiguration());
      return 'answered';
    case '/openid/v1/jwks':
      sendPublished(exchange, 'application/jwk-set+json', options.jwks());
      return 'answered';
    default:
      if (await options.health.handle(request, response)) return 'answered';
      if (await handleMetrics(options.metrics, request, response)) return 'answered';
      throw errors.notFoundPath();
  }
}
