import { errors, statusOf } from '@steersman/api';
import { type Exchange, sendJsonValue } from './exchange.ts';

/** Answers with the Status of an error. */
export function sendError(exchange: Exchange, error: unknown): void {
  const status = statusOf(error);
  const seconds = status.details?.retryAfterSeconds;
  if (seconds !== undefined && seconds > 0) exchange.response.setHeader('retry-after', String(seconds));
  if (status.code === 401) exchange.response.setHeader('www-authenticate', 'Bearer realm="kubernetes-master"');
  sendJsonValue(exchange, status.code ?? errors.internal('').code, status);
}
