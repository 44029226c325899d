import type { HttpRequest, HttpResponse } from './http-contract.ts';

/** One thing that must be well. `reason` undefined means it is. */
export interface HealthCheck {
  readonly name: string;
  check(): Promise<string | undefined> | string | undefined;
}
export interface HealthEndpoints {
  /** Adds a check to the given endpoints; all three when absent. */
  add(check: HealthCheck, endpoints?: readonly HealthEndpoint[]): void;
  /** Answers /healthz, /livez, /readyz and their per-check paths; false when the path is none of them. */
  handle(request: HttpRequest, response: HttpResponse): boolean | Promise<boolean>;
  /** Every path that is answered. */
  paths(): readonly string[];
}
/** Hears about every check that was made. */
export type ObserveCheck = (name: string, endpoint: string, ok: boolean) => void;
export type HealthEndpoint = 'healthz' | 'livez' | 'readyz';
const ENDPOINTS: readonly HealthEndpoint[] = ['healthz', 'livez', 'readyz'];
const TEXT = {
  'content-type': 'text/plain; charset=utf-8',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-cache, private',
};

/** The health endpoints of a serving component, with upstream's texts (`?verbose`, `?exclude=`, one path per check). */
export function createHealthEndpoints(observe: ObserveCheck = () => undefined): HealthEndpoints {
  const checks = new Map<HealthEndpoint, HealthCheck[]>(
    ENDPOINTS.map((endpoint) => [endpoint, [{ name: 'ping', check: () => undefined }]]),
  );
  return {
    add(check, endpoints = ENDPOINTS) {
      for (const endpoint of endpoints) checks.get(endpoint)!.push(check);
    },
    paths: () =>
      [...checks].flatMap(([endpoint, known]) => [`/${endpoint}`, ...known.map(({ name }) => `/${endpoint}/${name}`)]),
    handle(request, response) {
      const [, endpoint, name, ...more] = request.path.split('/');
      const known = checks.get(endpoint as HealthEndpoint);
      if (known === undefined) return false;
      const path = [name, ...more].filter((part) => part !== undefined && part !== '').join('/');
      if (path === '') return answerAll(endpoint!, known, new URLSearchParams(request.query), response, observe);
      const one = known.find((check) => check.name === path);
      if (one === undefined) return false;
      return answerOne(one, response);
    },
  };
}

async function answerOne(check: HealthCheck, response: HttpResponse): Promise<boolean> {
  const reason = await check.check();
  if (reason === undefined) response.send(200, TEXT, Buffer.from('ok'));
  else response.send(500, TEXT, Buffer.from(`internal server error: ${reason}\n`));
  return true;
}

async function answerAll(
  endpoint: string,
  checks: readonly HealthCheck[],
  parameters: URLSearchParams,
  response: HttpResponse,
  observe: ObserveCheck,
): Promise<boolean> {
  const excluded = new Set(parameters.getAll('exclude'));
  const lines: string[] = [];
  let failed = false;
  for (const check of checks) {
    if (excluded.has(check.name)) {
      lines.push(`[+]${check.name} excluded: ok`);
      continue;
    }
    const reason = await check.check();
    observe(check.name, endpoint, reason === undefined);
    if (reason === undefined) lines.push(`[+]${check.name} ok`);
    else {
      failed = true;
      lines.push(`[-]${check.name} failed: reason withheld`);
    }
  }
  const unknown = [...excluded].filter((name) => !checks.some((check) => check.name === name)).sort();
  if (unknown.length > 0)
    lines.push(
      `warn: some health checks cannot be excluded: no matches for ${unknown.map((name) => JSON.stringify(name)).join(', ')}`,
    );
  if (failed) response.send(500, TEXT, Buffer.from(`${lines.join('\n')}\n${endpoint} check failed\n`));
  else if (parameters.has('verbose'))
    response.send(200, TEXT, Buffer.from(`${lines.join('\n')}\n${endpoint} check passed\n`));
  else response.send(200, TEXT, Buffer.from('ok'));
  return true;
}
