import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ComponentCommand, Flag } from './contract.ts';
import { formatGoDuration, parseGoDuration } from './duration.ts';
import { parseComponentFlags, parseFlags } from './flags.ts';

const flags: readonly Flag[] = [
  { name: 'bind-address', type: 'string', default: '0.0.0.0', help: 'address' },
  { name: 'leader-elect', type: 'bool', default: true, help: 'elect' },
  { name: 'v', shorthand: 'v', type: 'int', help: 'verbosity' },
  { name: 'quiet', shorthand: 'q', type: 'bool', help: 'quiet' },
  { name: 'sync-period', type: 'duration', default: '30s', help: 'period' },
  { name: 'controllers', type: 'strings', default: ['*'], help: 'list' },
  { name: 'feature-gates', type: 'map', help: 'gates' },
  { name: 'qps', type: 'float', default: 50, help: 'rate' },
];
const command: ComponentCommand = { name: 'kube-thing', summary: 'Does a thing.', flags, run: async () => {} };
const values = (...args: readonly string[]) => parseFlags(flags, args).flags;

test('parseFlags() fills in defaults and tells what was given', () => {
  const parsed = values('--qps=5');
  assert.equal(parsed.string('bind-address'), '0.0.0.0');
  assert.equal(parsed.bool('leader-elect'), true);
  assert.equal(parsed.number('sync-period'), 30_000);
  assert.deepEqual(parsed.strings('controllers'), ['*']);
  assert.deepEqual([parsed.given('qps'), parsed.given('v')], [true, false]);
});

test('parseFlags() reads values after an equals sign and after a space', () => {
  assert.equal(values('--bind-address', '127.0.0.1').string('bind-address'), '127.0.0.1');
  assert.equal(values('--bind_address=::1').string('bind-address'), '::1');
  assert.equal(values('--leader-elect=false').bool('leader-elect'), false);
  assert.equal(values('--sync-period=1h1m500ms').number('sync-period'), 3_660_500);
});

test('parseFlags() reads shorthands, alone, joined and with values', () => {
  for (const args of [['-v=2'], ['-v2'], ['-v', '2'], ['-qv2'], ['--v=2']])
    assert.equal(values(...args).number('v'), 2);
  assert.equal(values('-qv', '2').bool('quiet'), true);
});

test('parseFlags() adds up repeated lists and maps', () => {
  assert.deepEqual(values('--controllers=a,b', '--controllers', 'c,"d,e"').strings('controllers'), [
    'a',
    'b',
    'c',
    'd,e',
  ]);
  assert.deepEqual(
    [...values('--feature-gates=A=true,B=false').map('feature-gates')],
    [
      ['A', 'true'],
      ['B', 'false'],
    ],
  );
});

test('parseFlags() leaves arguments alone and stops at two dashes', () => {
  assert.deepEqual(parseFlags(flags, ['a', '--quiet', 'b', '--', '--c']).rest, ['a', 'b', '--c']);
});

test('parseFlags() reports mistakes in the words users know', () => {
  const cases: readonly (readonly [readonly string[], string])[] = [
    [['--nope'], 'unknown flag: --nope'],
    [['-x'], "unknown shorthand flag: 'x' in -x"],
    [['--qps'], 'flag needs an argument: --qps'],
    [['-v'], "flag needs an argument: 'v' in -v"],
    [['--=3'], 'bad flag syntax: --=3'],
    [['-v=a'], 'invalid argument "a" for "-v, --v" flag: strconv.ParseInt: parsing "a": invalid syntax'],
    [['--sync-period=5'], 'invalid argument "5" for "--sync-period" flag: time: missing unit in duration "5"'],
    [
      ['--leader-elect=x'],
      'invalid argument "x" for "--leader-elect" flag: strconv.ParseBool: parsing "x": invalid syntax',
    ],
  ];
  for (const [args, message] of cases) assert.throws(() => values(...args), { name: 'FlagError', message });
});

test('parseComponentFlags() answers --help with usage and every flag', () => {
  const parsed = parseComponentFlags(command, ['--help']);
  assert.equal(parsed.kind, 'help');
  const text = parsed.kind === 'help' ? parsed.text : '';
  assert.match(text, /^Does a thing\.\n\nUsage:\n {2}kube-thing \[flags\]/);
  assert.match(text, /--bind-address string +address \(default "0\.0\.0\.0"\)/);
  assert.match(text, / {2}-h, --help/);
});

test('parseComponentFlags() refuses arguments', () => {
  assert.throws(() => parseComponentFlags(command, ['x']), { message: 'unknown command "x" for "kube-thing"' });
});

test('formatGoDuration() prints what parseGoDuration() reads', () => {
  for (const text of ['0s', '500ms', '30s', '1m0s', '1h0m0s', '2h30m1.5s'])
    assert.equal(formatGoDuration(parseGoDuration(text)), text);
});
