import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FAKE_START_MS } from './fake/clock.ts';
import { createLogger, type LoggerOptions } from './logger.ts';

function setUp(options: Partial<LoggerOptions>) {
  const lines: string[] = [];
  const log = createLogger({
    component: 'test',
    write: (line) => lines.push(line),
    now: () => FAKE_START_MS,
    ...options,
  });
  return { log, lines };
}

test('createLogger() writes klog-like text with quoted strings', () => {
  const { log, lines } = setUp({});
  log.child({ key: 'a/b' }).warn('Pass failed', { count: 2, error: new TypeError('no "x"') });
  assert.deepEqual(lines, ['W0101 00:00:00.000000 test] "Pass failed" key="a/b" count=2 error="no \\"x\\""\n']);
});

test('createLogger() writes one JSON object a line, errors with message and own fields', () => {
  const { log, lines } = setUp({ format: 'json' });
  log.error('Failed', { error: Object.assign(new TypeError('no'), { code: 'x' }), big: 1n });
  const { error, big, ...rest } = JSON.parse(lines[0] ?? '');
  assert.deepEqual(rest, { ts: FAKE_START_MS, level: 'error', component: 'test', msg: 'Failed' });
  assert.equal(String(big), '1'); // A number where the API package has taught bigints to be JSON, text elsewhere.
  assert.deepEqual([error.message, error.code], ['no', 'x']);
});

test('createLogger() leaves out levels below its own', () => {
  const { log, lines } = setUp({ level: 'warn' });
  log.debug('a');
  log.info('b');
  log.child({}).info('c');
  assert.deepEqual(lines, []);
});
