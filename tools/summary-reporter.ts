/** Says after a run what was skipped, by name and with the reason, and the totals; the dot reporter says neither. */
import type { TestEvent } from 'node:test/reporters';

export default async function* summary(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  let passed = 0;
  let failed = 0;
  const skipped: string[] = [];
  for await (const event of source) {
    if (event.type !== 'test:pass' && event.type !== 'test:fail') continue;
    if (event.data.details.type === 'suite') continue;
    const { skip, name } = event.data;
    if (skip !== undefined && skip !== false) skipped.push(`skipped: ${name}${skip === true ? '' : ` (${skip})`}`);
    else if (event.type === 'test:pass') passed += 1;
    else failed += 1;
  }
  for (const line of skipped) yield `${line}\n`;
  yield `${passed} passed, ${failed} failed, ${skipped.length} skipped\n`;
}
