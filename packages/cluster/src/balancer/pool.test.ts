import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPool } from './pool.ts';

const SERVERS = ['a', 'b', 'c'];

function readyPool() {
  const pool = createPool(SERVERS);
  for (const server of SERVERS) pool.checked(server, 'ready');
  return pool;
}

test('createPool() spreads connections evenly over servers that are ready', () => {
  const pool = readyPool();
  const chosen = Array.from({ length: 6 }, () => {
    const server = pool.candidates()[0]!;
    pool.opened(server);
    return server;
  });
  assert.deepEqual(chosen, ['a', 'b', 'c', 'a', 'b', 'c']);
});

test('createPool() chooses in turns when connections are short', () => {
  const pool = readyPool();
  const chosen = Array.from({ length: 4 }, () => {
    const server = pool.candidates()[0]!;
    pool.opened(server);
    pool.closed(server);
    return server;
  });
  assert.deepEqual(chosen, ['a', 'b', 'c', 'a']);
});

test('createPool() gives servers that are not ready nothing while another is', () => {
  const pool = readyPool();
  pool.checked('a', 'unready');
  pool.checked('b', 'silent');
  for (let connections = 0; connections < 5; connections++) {
    assert.deepEqual(pool.candidates(), ['c', 'a', 'b']);
    pool.opened('c');
  }
});

test('createPool() has the connections of a server cut once, when it has been silent three times in a row', () => {
  const pool = readyPool();
  const states = ['silent', 'silent', 'unready', 'silent', 'silent', 'silent', 'silent'] as const;
  assert.deepEqual(
    states.map((state) => pool.checked('a', state)),
    [false, false, false, false, false, true, false],
  );
});
