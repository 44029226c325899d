/** Expectations whose failures say what was expected and what was there instead. */
import { isDeepStrictEqual } from 'node:util';
import { ApiError, type Status } from '@steersman/api';

const SHOWN_CHARACTERS_MAX = 1500; // Enough to see a pod's status; a whole list would bury the message.

/** A cluster that does not behave. The message names the behaviour, what was expected and what was seen. */
export class ConformanceError extends Error {}

export function show(value: unknown): string {
  const text = typeof value === 'string' ? JSON.stringify(value) : (JSON.stringify(value) ?? String(value));
  return text.length > SHOWN_CHARACTERS_MAX
    ? `${text.slice(0, SHOWN_CHARACTERS_MAX)}… (${text.length} characters)`
    : text;
}

export function fail(what: string, expected: unknown, actual: unknown): never {
  throw new ConformanceError(`${what}: expected ${show(expected)}, got ${show(actual)}`);
}

export function expectEqual<T>(what: string, actual: T, expected: T): void {
  if (!isDeepStrictEqual(actual, expected)) fail(what, expected, actual);
}

export function expectMatch(what: string, actual: string | undefined, expected: RegExp): void {
  if (actual === undefined || !expected.test(actual)) fail(what, String(expected), actual);
}

export function expectTrue(what: string, holds: boolean, actual: unknown): void {
  if (!holds) fail(what, 'it to hold', actual);
}

/** The value, which must be there. */
export function present<T>(what: string, value: T | undefined | null): T {
  if (value === undefined || value === null) fail(what, 'to be present', value);
  return value;
}

/** Expects at least these fields, deeply; fields of the actual value that are not named do not matter. */
export function expectIncludes(what: string, actual: unknown, expected: object): void {
  for (const [key, value] of Object.entries(expected)) {
    const found = (actual as Record<string, unknown> | undefined | null)?.[key];
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      expectIncludes(`${what}.${key}`, found, value);
    } else expectEqual(`${what}.${key}`, found, value);
  }
}

export interface Refusal {
  readonly code: number;
  readonly reason?: string;
  readonly message?: RegExp;
}

/** Expects the API server to refuse with this status; resolves with the whole of it. */
export async function expectRefused(what: string, request: Promise<unknown>, refusal: Refusal): Promise<Status> {
  let answer: unknown;
  try {
    answer = await request;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const { status } = error;
    if (status.code !== refusal.code) fail(`${what}: status code`, refusal.code, status);
    if (refusal.reason !== undefined) expectEqual(`${what}: reason`, status.reason, refusal.reason);
    if (refusal.message !== undefined) expectMatch(`${what}: message`, status.message, refusal.message);
    return status;
  }
  return fail(what, refusal, answer);
}
