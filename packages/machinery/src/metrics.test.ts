import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AssertionError } from './assert.ts';
import { createMetrics } from './metrics.ts';

test('createMetrics().expose prints counters and gauges with sorted-in labels and escapes', async () => {
  const metrics = createMetrics();
  metrics.counter('requests_total', 'Requests\nseen', ['verb', 'code']).add(2, { code: '200', verb: 'GET "x"' });
  metrics.gauge('depth', 'Depth').set(1.5);
  metrics.counter('untouched_total', 'Never added to');
  assert.equal(
    await metrics.expose(),
    [
      '# HELP requests_total Requests\\nseen',
      '# TYPE requests_total counter',
      'requests_total{verb="GET \\"x\\"",code="200"} 2',
      '# HELP depth Depth',
      '# TYPE depth gauge',
      'depth 1.5',
      '# HELP untouched_total Never added to',
      '# TYPE untouched_total counter',
      'untouched_total 0',
      '',
    ].join('\n'),
  );
});

test('createMetrics().histogram counts cumulatively, bounds included', async () => {
  const metrics = createMetrics();
  const histogram = metrics.histogram('seconds', 'Seconds', [1, 2], ['op']);
  for (const value of [0.5, 1, 1.5, 9]) histogram.observe(value, { op: 'a' });
  const lines = (await metrics.expose()).split('\n').slice(2);
  assert.deepEqual(lines, [
    'seconds_bucket{op="a",le="1"} 2',
    'seconds_bucket{op="a",le="2"} 3',
    'seconds_bucket{op="a",le="+Inf"} 4',
    'seconds_sum{op="a"} 12',
    'seconds_count{op="a"} 4',
    '',
  ]);
});

test('createMetrics() gives the same metric for the same name and refuses another shape', async () => {
  const metrics = createMetrics();
  metrics.counter('a_total', 'A', ['x']).add(1, { x: '1' });
  metrics.counter('a_total', 'A', ['x']).add(1, { x: '1' });
  assert.match(await metrics.expose(), /a_total\{x="1"\} 2/);
  assert.throws(() => metrics.gauge('a_total', 'A', ['x']), AssertionError);
});

test('with() gives the one series of its labels, of counters and of histograms', async () => {
  const metrics = createMetrics();
  const counter = metrics.counter('a_total', 'A.', ['op']);
  counter.add(1, { op: 'x' });
  const bound = counter.with({ op: 'x' });
  bound.add();
  bound.add(2);
  metrics.histogram('b_seconds', 'B.', [1], ['op']).with({ op: 'x' }).observe(3);
  const text = await metrics.expose();
  assert.match(text, /a_total\{op="x"\} 4/);
  assert.match(text, /b_seconds_sum\{op="x"\} 3/);
});
