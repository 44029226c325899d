import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRecord, recordText, startTicksOf } from './record.ts';

test('startTicksOf() reads past a program name with spaces and parentheses', () => {
  const fields = Array.from({ length: 50 }, (_, index) => String(index + 4));
  assert.equal(startTicksOf(`42 (a (b) c) S ${fields.join(' ')}`), '22');
  assert.equal(startTicksOf(`42 (gone) Z ${fields.join(' ')}`), undefined);
  assert.equal(startTicksOf(''), undefined);
});

test('parseRecord() reads what recordText() writes, and nothing else', () => {
  const record = { pid: 42, startTicks: '1234', bootId: 'b-1' };
  assert.deepEqual(parseRecord(recordText(record)), record);
  for (const text of ['', '42', '42 1', 'x 1 b']) assert.equal(parseRecord(text), undefined);
});
