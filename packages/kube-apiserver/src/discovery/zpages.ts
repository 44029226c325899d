/**
 * /statusz, /flagz and /debug/flags: what this process is and how it was started (KEP-4827, KEP-4828).
 */
import { encodeCbor, errors, formatTime, toYaml } from '@steersman/api';
import type { Clock } from '@steersman/machinery';
import { VERSION } from '@steersman/server';
import type { Exchange } from '../pipeline/exchange.ts';
import { parseClause } from '../rest/negotiate.ts';

export interface ZpagesOptions {
  readonly clock: Clock;
  /** Flags as they are set, by name; empty for a server that was started without a command line. */
  readonly flags: ReadonlyMap<string, string>;
  /** Paths worth looking at. */
  readonly paths: () => readonly string[];
}

export interface Zpages {
  /** True when the request was one of these pages. */
  answer(exchange: Exchange): boolean;
}

const COMPONENT = 'apiserver';
const WARNING =
  'Warning: This endpoint is not meant to be machine parseable, has no formatting compatibility guarantees and is for debugging purposes only.';
const TEXT = { 'content-type': 'text/plain; charset=utf-8' };
const STRUCTURED = new Set(['application/json', 'application/yaml', 'application/cbor']);

export function createZpages(options: ZpagesOptions): Zpages {
  const startedAt = options.clock.now();
  return {
    answer(exchange) {
      switch (exchange.request.path) {
        case '/statusz':
          send(exchange, 'Statusz', statusOf(options, startedAt), () => statusText(options, startedAt));
          return true;
        case '/flagz':
          send(exchange, 'Flagz', { flags: Object.fromEntries(options.flags) }, () => flagsText(options.flags));
          return true;
        case '/debug/flags/v':
          answerVerbosity(exchange);
          return true;
        default:
          return false;
      }
    },
  };
}

/** Text unless the client asks for the structured form by group, version and kind. */
function send(exchange: Exchange, kind: string, content: object, text: () => string): void {
  const accept = exchange.request.headers['accept'] ?? '';
  for (const { type, parameters } of accept === '' ? [] : accept.split(',').map(parseClause)) {
    if (type === 'text/plain' || type === '*/*' || type === 'text/*') break;
    const version = parameters.get('v') ?? '';
    const asked = parameters.get('as') === kind && parameters.get('g') === 'config.k8s.io';
    if (!STRUCTURED.has(type) || !asked || !/^v1(alpha1|beta1)$/.test(version)) {
      if (accept.split(',').at(-1)?.includes(type) === true)
        throw errors.notAcceptable(['text/plain', 'application/json', 'application/yaml']);
      continue;
    }
    const value = { kind, apiVersion: `config.k8s.io/${version}`, metadata: { name: COMPONENT }, ...content };
    const body =
      type === 'application/yaml'
        ? Buffer.from(toYaml(value))
        : type === 'application/cbor'
          ? encodeCbor(value)
          : Buffer.from(JSON.stringify(value));
    exchange.response.send(200, { 'content-type': type }, body);
    return;
  }
  exchange.response.send(200, TEXT, Buffer.from(text()));
}

function statusOf({ clock, paths }: ZpagesOptions, startedAt: number) {
  return {
    startTime: formatTime(startedAt),
    uptimeSeconds: Math.floor((clock.now() - startedAt) / 1000),
    goVersion: VERSION.goVersion,
    binaryVersion: `${VERSION.major}.${VERSION.minor}`,
    emulationVersion: `${VERSION.emulationMajor}.${VERSION.emulationMinor}`,
    paths: paths(),
  };
}

function statusText(options: ZpagesOptions, startedAt: number): string {
  const status = statusOf(options, startedAt);
  const lines = [
    `Started: ${new Date(startedAt).toUTCString()}`,
    `Up: ${uptime(status.uptimeSeconds)}`,
    `Go version: ${status.goVersion}`,
    `Binary version: ${status.binaryVersion}`,
    `Emulation version: ${status.emulationVersion}`,
    `Paths: ${status.paths.join(' ')}`,
  ];
  return `\n${COMPONENT} statusz\n${WARNING}\n\n${lines.join('\n')}\n`;
}

function uptime(seconds: number): string {
  const two = (value: number) => String(value).padStart(2, '0');
  return `${Math.floor(seconds / 3600)} hr ${two(Math.floor(seconds / 60) % 60)} min ${two(seconds % 60)} sec`;
}

function flagsText(flags: ReadonlyMap<string, string>): string {
  const lines = [...flags].map(([name, value]) => `${name}=${value}`).sort();
  return `\n${COMPONENT} flagz\n${WARNING}\n${lines.map((line) => `${line}\n`).join('')}`;
}

/** The verbosity of the log is set at the start; this says so instead of pretending. */
function answerVerbosity({ request, response }: Exchange): void {
  if (request.method !== 'PUT') {
    response.send(405, TEXT, Buffer.from('unrecognized http method, supported: PUT\n'));
    return;
  }
  response.send(400, TEXT, Buffer.from('the log level of this server is set with -v at its start\n'));
}
