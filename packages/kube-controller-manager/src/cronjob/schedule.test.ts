import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextTime, parseSchedule, ScheduleError, utc, zoneOffset } from './schedule.ts';

const next = (schedule: string, after: string, offset = utc) => {
  const found = nextTime(parseSchedule(schedule), Date.parse(after), offset);
  return found === undefined ? undefined : new Date(found).toISOString().slice(0, 16);
};

test('nextTime() finds minutes, steps, ranges, names and weekdays', () => {
  assert.equal(next('* * * * *', '2026-01-01T00:00:30Z'), '2026-01-01T00:01');
  assert.equal(next('*/15 9-17 * * mon-fri', '2026-01-02T17:46:00Z'), '2026-01-05T09:00');
  assert.equal(next('0 0 29 feb *', '2026-01-01T00:00:00Z'), '2028-02-29T00:00');
  assert.equal(next('30 4 1,15 * 5', '2026-01-02T05:00:00Z'), '2026-01-09T04:30');
  assert.equal(next('@hourly', '2026-01-01T23:00:00Z'), '2026-01-02T00:00');
  assert.equal(next('0 0 30 2 *', '2026-01-01T00:00:00Z'), undefined);
});

test('nextTime() follows a time zone through its changes of clock', () => {
  const berlin = zoneOffset('Europe/Berlin');
  assert.equal(next('0 12 * * *', '2026-03-28T12:00:00Z', berlin), '2026-03-29T10:00');
  assert.equal(next('0 12 * * *', '2026-10-24T11:00:00Z', berlin), '2026-10-25T11:00');
});

test('parseSchedule() refuses what is not a schedule', () => {
  for (const text of ['', '* * * *', '60 * * * *', '* * 0 * *', 'a * * * *', '*/0 * * * *', '5-1 * * * *'])
    assert.throws(() => parseSchedule(text), ScheduleError, text);
  assert.throws(() => zoneOffset('Mars/Olympus'), ScheduleError);
});
