import { errors } from '@steersman/api';
import type { Metrics } from '@steersman/machinery';
import { type HealthEndpoints, handleMetrics, VERSION } from '@steersman/server';
import type { Zpages } from '../discovery/zpages.ts';
import { type Exchange, type Outcome, type Stage, sendJsonValue } from './exchange.ts';
import { sendPathNotFound } from './send-error.ts';

export type Responder = (exchange: Exchange) => Outcome | Promise<Outcome> | undefined;

export interface PathsOptions {
  readonly health: HealthEndpoints;
  readonly metrics: Metrics;
  /** What /metrics/slis shows. */
  readonly healthMetrics: Metrics;
  readonly responders: readonly Responder[];
  readonly openidConfiguration: () => object;
  readonly jwks: () => object;
  readonly zpages: Zpages;
  /** Answers resource requests. */
  readonly resources: (exchange: Exchange) => Outcome | Promise<Outcome>;
  /** What `/` lists beside the paths that are known here. */
  readonly otherPaths: () => readonly string[];
}

const PATHS = [
  '/.well-known/openid-configuration',
  '/debug/flags/v',
  '/flagz',
  '/metrics',
  '/metrics/slis',
  '/openid/v1/jwks',
  '/statusz',
  '/version',
];
const METRICS_TEXT = { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' };

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

async function answerPath(exchange: Exchange, options: PathsOptions): Promise<Outcome> {
  const { request, response } = exchange;
  switch (request.path) {
    case '/':
    case '/index.html':
      return sendValue(exchange, { paths: [...PATHS, ...options.otherPaths()].sort() });
    case '/version':
    case '/version/':
      if (request.method !== 'GET' && request.method !== 'HEAD') throw errors.methodNotAllowed();
      return sendValue(exchange, VERSION);
    case '/.well-known/openid-configuration':
      return sendValue(exchange, options.openidConfiguration(), 'application/json');
    case '/openid/v1/jwks':
      return sendValue(exchange, options.jwks(), 'application/jwk-set+json');
    case '/metrics/slis':
      response.send(200, METRICS_TEXT, Buffer.from(await options.healthMetrics.expose()));
      return 'answered';
    default:
      if (options.zpages.answer(exchange)) return 'answered';
      if (await options.health.handle(request, response)) return 'answered';
      if (await handleMetrics(options.metrics, request, response)) return 'answered';
      return sendPathNotFound(exchange);
  }
}

/** Key sets and the like may be kept for an hour, as upstream says of them. */
function sendValue(exchange: Exchange, value: object, kept?: string): Outcome {
  if (kept === undefined) sendJsonValue(exchange, 200, value);
  else {
    const headers = { 'content-type': kept, 'cache-control': 'public, max-age=3600' };
    exchange.response.send(200, headers, Buffer.from(JSON.stringify(value)));
  }
  return 'answered';
}
