/**
 * Writes every generated file of the repository; with --check, writes nothing and fails when one is out of date.
 * A generator is a function that returns file contents by path.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { generateApi } from '../packages/api/generator/main.ts';

type Generator = () => ReadonlyMap<string, string>;
const generators: readonly Generator[] = [generateApi];

const check = process.argv.includes('--check');
const stale: string[] = [];
for (const generate of generators) {
  for (const [path, content] of generate()) {
    if (existsSync(path) && readFileSync(path, 'utf8') === content) continue;
    stale.push(path);
    if (check) continue;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }
}
for (const path of stale) console.log(check ? `out of date: ${path} (run: npm run generate)` : `written: ${path}`);
if (check && stale.length > 0) process.exitCode = 1;
