import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  labelSelectorMatcher,
  mapSelectorMatcher,
  parseFieldSelector,
  parseLabelSelector,
  SelectorError,
} from './selectors.ts';

test('parseLabelSelector() understands every operator', () => {
  const labels = { app: 'web', tier: 'front', n: '5' };
  const cases: readonly (readonly [string, boolean])[] = [
    ['', true],
    ['app', true],
    ['!app', false],
    ['app=web', true],
    ['app==web', true],
    ['app!=web', false],
    ['app in (web, db)', true],
    ['app notin (web)', false],
    ['zone notin (a)', true],
    ['n>4,n<6', true],
    ['n>5', false],
    ['app=web,tier=front,!zone', true],
    ['app=', false],
    [' app = web ', true],
    ['zone in (,a)', false],
    ['example.com/x', false],
  ];
  for (const [text, expected] of cases) assert.equal(parseLabelSelector(text).matches(labels), expected, text);
});
test('parseLabelSelector() refuses bad text', () => {
  for (const text of ['app in', 'app in web', 'app,,x', '=x', 'app=a b', 'a/b/c=d', 'x>y', 'app=web,', '-a', '!'])
    assert.throws(() => parseLabelSelector(text), SelectorError, text);
});
test('LabelMatcher.toString() is sorted and parses back', () => {
  const text = parseLabelSelector('z,b in (y,x),!c,a!=1').toString();
  assert.equal(text, 'a!=1,b in (x,y),!c,z');
  assert.equal(parseLabelSelector(text).toString(), text);
});
test('labelSelectorMatcher() matches nothing when absent and everything when empty', () => {
  assert.equal(labelSelectorMatcher(undefined).matches({}), false);
  assert.equal(labelSelectorMatcher({}).matches({ a: 'b' }), true);
  assert.equal(mapSelectorMatcher({}).matches({ a: 'b' }), false);
  assert.equal(labelSelectorMatcher({ matchLabels: { constructor: 'x' } }).matches({}), false);
});
test('parseFieldSelector() unescapes values and keeps operators', () => {
  const matcher = parseFieldSelector('metadata.name=a\\,b,status.phase!=Running');
  assert.equal(matcher.exact('metadata.name'), 'a,b');
  assert.equal(matcher.matches({ 'metadata.name': 'a,b', 'status.phase': 'Pending' }), true);
  assert.equal(matcher.matches({ 'metadata.name': 'a,b', 'status.phase': 'Running' }), false);
  assert.equal(parseFieldSelector(matcher.toString()).toString(), matcher.toString());
  assert.throws(() => parseFieldSelector('metadata.name'), SelectorError);
});
