import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readYaml, YamlError } from '../yaml/yaml.ts';
import { readYamlAside } from './read-yaml-aside.ts';

test('readYamlAside reads what readYaml reads, in the order it is asked, while others have their turns', async () => {
  const text = Array.from({ length: 20_000 }, (_, at) => `key${at}: [${at}, 9007199254740993, yes, "text"]`).join('\n');
  let turns = 0;
  const counting = setInterval(() => (turns += 1), 0);
  const [long, twice] = await Promise.all([readYamlAside(text), readYamlAside('a: 1\na: 2')]);
  clearInterval(counting);
  assert.deepEqual(long, readYaml(text));
  assert.deepEqual(twice, readYaml('a: 1\na: 2'));
  assert.ok(turns > 1);
});

test('readYamlAside says what is wrong as readYaml does, and goes on', async () => {
  const problem = (text: string) => {
    try {
      return readYaml(text);
    } catch (error) {
      return (error as YamlError).message;
    }
  };
  await assert.rejects(readYamlAside('a: [1'), (error) => {
    assert.ok(error instanceof YamlError);
    assert.equal(error.message, problem('a: [1'));
    return true;
  });
  assert.deepEqual((await readYamlAside('a: 1')).documents, [{ a: 1 }]);
});
