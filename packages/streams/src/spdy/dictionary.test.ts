import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SPDY_DICTIONARY, SPDY_DICTIONARY_ID } from './dictionary.ts';

test('SPDY_DICTIONARY has the length and the Adler-32 that every SPDY/3 zlib header names', () => {
  let low = 1;
  let high = 0;
  for (const byte of SPDY_DICTIONARY) {
    low = (low + byte) % 65521;
    high = (high + low) % 65521;
  }
  assert.equal(SPDY_DICTIONARY.length, 1423);
  assert.equal(high * 65536 + low, SPDY_DICTIONARY_ID);
});
