import { errors } from '@steersman/api';
import { FlagError, parseGoDuration } from '@steersman/server';
import type { Stage } from './exchange.ts';
import { isLongRunning } from './max-in-flight.ts';

/** Refuses requests whose `timeout=` is no duration, before anybody is asked who they are. */
export const deadlineStage: Stage = (exchange) => {
  const { query } = exchange.request;
  if (!query.includes('timeout=') || isLongRunning(exchange)) return 'next';
  const text = new URLSearchParams(query).get('timeout') ?? '';
  if (text === '') return 'next';
  try {
    parseGoDuration(text);
  } catch (error) {
    if (!(error instanceof FlagError)) throw error;
    throw errors.badRequest(`invalid timeout specified in the request URL - ${error.message}`);
  }
  return 'next';
};
