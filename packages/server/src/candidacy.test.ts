import assert from 'node:assert/strict';
import { test } from 'node:test';
import { candidacyOf, emulatedVersionFlag } from './candidacy.ts';
import { parseComponentFlags } from './flags.ts';

const gates = { name: 'feature-gates', type: 'map', default: '', help: '' } as const;
const candidacy = (...args: string[]) => {
  const command = { name: 'test', summary: '', flags: [gates, emulatedVersionFlag], run: async () => {} };
  const parsed = parseComponentFlags(command, args);
  return parsed.kind === 'run' ? candidacyOf(parsed.flags) : undefined;
};
const ON = '--feature-gates=CoordinatedLeaderElection=true';

test('candidacyOf() names the release, or the earlier one that is to be emulated', () => {
  assert.equal(candidacy(), undefined);
  assert.deepEqual(candidacy(ON), { binaryVersion: '1.36.0', emulationVersion: '1.36.0' });
  for (const given of ['kube=1.34', '1.34'])
    assert.equal(candidacy(ON, `--emulated-version=${given}`)?.emulationVersion, '1.34.0');
});

test('candidacyOf() refuses versions that no release can emulate', () => {
  assert.throws(
    () => candidacy('--emulated-version=1.37'),
    /emulation version 1\.37 is not between \[1\.33, 1\.36\.0\]/,
  );
  assert.throws(() => candidacy('--emulated-version=1.32'), /is not between/);
  assert.throws(() => candidacy('--emulated-version=wardle=1.2'), /component not registered: wardle/);
  assert.throws(() => candidacy('--emulated-version=new'), /not of the form/);
});
