import { ApiError } from '@steersman/api';
import type { Clock, Logger } from '@steersman/machinery';
import type { HttpHandler, HttpRequest, HttpResponse, UpgradeSocket } from '@steersman/server';
import { type Exchange, NOBODY, type Outcome, type Stage } from './exchange.ts';
import { requestInfoOf } from './request-info.ts';
import { sendError } from './send-error.ts';

export interface PipelineOptions {
  /** In order; the last one answers everything that reaches it. */
  readonly stages: readonly Stage[];
  readonly clock: Clock;
  readonly log: Logger;
}

/** The way of every request: the list of stages, top to bottom. Synchronous stages cost no turn of the event loop. */
export function createPipeline(options: PipelineOptions): HttpHandler {
  return (request, response, upgrade) => {
    if (BAD_ESCAPE.test(request.path)) return sendUnreadable(response);
    const exchange = exchangeOf(request, response, upgrade, options.clock);
    try {
      return run(exchange, options, 0);
    } catch (error) {
      return fail(exchange, error, options.log);
    }
  };
}

const BAD_ESCAPE = /%(?![0-9a-f]{2})/i;

/** What Go answers to a path that it cannot read. */
function sendUnreadable(response: HttpResponse): undefined {
  response.send(400, { 'content-type': 'text/plain; charset=utf-8' }, Buffer.from('400 Bad Request'));
}

function exchangeOf(
  request: HttpRequest,
  response: HttpResponse,
  upgrade: UpgradeSocket | undefined,
  clock: Clock,
): Exchange {
  return {
    request,
    response,
    upgrade,
    info: requestInfoOf(request),
    startedAt: clock.monotonic(),
    clock,
    user: NOBODY,
    warnings: [],
    work: { decodes: 0, encodes: 0, copiedBytes: 0, waitedMs: 0, refused: false },
    finished: [],
  };
}

function run(exchange: Exchange, options: PipelineOptions, from: number): Promise<void> | undefined {
  for (let index = from; index < options.stages.length; index++) {
    const outcome = options.stages[index]!(exchange);
    if (typeof outcome !== 'string') return continueAfter(outcome, exchange, options, index + 1);
    if (outcome === 'answered') break;
  }
  finish(exchange);
  return undefined;
}

async function continueAfter(
  outcome: Promise<Outcome>,
  exchange: Exchange,
  options: PipelineOptions,
  next: number,
): Promise<void> {
  try {
    if ((await outcome) === 'answered') finish(exchange);
    else await run(exchange, options, next);
  } catch (error) {
    fail(exchange, error, options.log);
  }
}

function finish(exchange: Exchange): void {
  for (const callback of exchange.finished.splice(0)) callback();
}

function fail(exchange: Exchange, error: unknown, log: Logger): void {
  if (!(error instanceof ApiError)) {
    log.error('Request failed', { path: exchange.request.path, error: (error as Error)?.stack ?? String(error) });
  }
  if (!exchange.response.started) sendError(exchange, error);
  finish(exchange);
}
