import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FEATURE_GATES, featureGatesOf } from './feature-gates.ts';

const of = (...pairs: readonly (readonly [string, string])[]) => featureGatesOf(new Map(pairs));

test('featureGatesOf sets gates one by one and by stage, the single gate winning over its stage', () => {
  const gates = of(['AllAlpha', 'true'], ['CRIListStreaming', 'false'], ['AllBeta', 'false'], ['WatchList', '1']);
  assert.deepEqual(['GangScheduling', 'CRIListStreaming', 'EnvFiles', 'WatchList', 'ImageVolume'].map(gates.enabled), [
    true,
    false,
    false,
    true,
    true,
  ]);
  assert.equal(of().enabled('ClusterTrustBundle'), false);
});

test("featureGatesOf refuses unknown gates, locked ones and what is no boolean, in upstream's words", () => {
  assert.throws(
    () => of(['Nope', 'true']),
    /^FlagError: invalid argument "Nope=true" for "--feature-gates" flag: unrecognized feature gate: Nope$/,
  );
  assert.throws(
    () => of(['NodeSwap', 'false']),
    /cannot set feature gate NodeSwap to false, feature is locked to true/,
  );
  assert.equal(of(['NodeSwap', 'true']).enabled('NodeSwap'), true);
  assert.throws(() => of(['WatchList', 'perhaps']), /invalid value of WatchList=perhaps, err: strconv.ParseBool/);
  assert.throws(() => of(['WatchList', '']), /missing bool value for WatchList/);
});

test('FEATURE_GATES names every gate once', () => {
  assert.equal(FEATURE_GATES.size, 230);
  for (const name of FEATURE_GATES.keys()) assert.match(name, /^[A-Z][A-Za-z0-9]+$/);
});
