/**
 * The house rules that no linter knows: layers, one export per package, READMEs, file and test-name shape.
 * Every message says what to do instead.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { repositoryFiles } from './run.ts';

/** A package imports only from floors below its own (ARCHITECTURE.md, "Floors"). */
const floors: readonly (readonly string[])[] = [
  ['@steersman/api', '@steersman/machinery'],
  ['@steersman/storage', '@steersman/client', '@steersman/server', '@steersman/streams'],
  [
    '@steersman/kube-apiserver',
    '@steersman/kube-controller-manager',
    '@steersman/kube-scheduler',
    '@steersman/cloud-controller-manager',
    '@steersman/kubelet',
    '@steersman/kube-proxy',
    '@steersman/dns',
  ],
  ['@steersman/cluster', '@steersman/simulation'],
  ['steersman'],
];
/** Within a floor, the few imports that are meant. */
const allowedWithinFloor = new Set(['@steersman/machinery>@steersman/api']);
const LINES_PER_FILE_MAX = 500;
const FORBIDDEN_GLOBALS = /\b(?:Date\.now\(|new Date\(\)|Math\.random\(|setTimeout\(|setInterval\()/;
/** Adapters: where an effect is allowed to touch the real world. */
const EFFECT_FILES =
  /(?:^tools\/|^bench\/|^test\/|^examples\/|\.test\.ts$|\/main\.ts$|packages\/machinery\/src\/real\/|\/adapters\/|packages\/steersman\/)/;

const problems: string[] = [];
const floorOf = (name: string) => floors.findIndex((floor) => floor.includes(name));

const manifests = repositoryFiles('packages/*/package.json', 'addons/*/package.json', 'test/*/package.json');
const nameByFolder = new Map<string, string>();
const readme = readFileSync('README.md', 'utf8');
for (const manifest of manifests) {
  const folder = dirname(manifest);
  nameByFolder.set(folder, JSON.parse(readFileSync(manifest, 'utf8')).name);
  if (!existsSync(`${folder}/README.md`)) problems.push(`${folder}: write a README.md saying which box it is`);
  if (!readme.includes(`(${folder})`)) problems.push(`README.md: add a row for ${folder} to the table of the house`);
}

for (const file of repositoryFiles('*.ts', '*.tsx')) {
  if (file.includes('/generated/') || !existsSync(file)) continue;
  const text = readFileSync(file, 'utf8');
  const lines = text.split('\n').length - 1;
  const isTest = file.endsWith('.test.ts');
  if (lines > LINES_PER_FILE_MAX && !isTest)
    problems.push(`${file}: ${lines} lines; split it by concept (limit ${LINES_PER_FILE_MAX})`);
  const folder = [...nameByFolder.keys()].find((candidate) => file.startsWith(`${candidate}/`));
  const own = folder === undefined ? undefined : nameByFolder.get(folder);
  for (const [, specifier] of text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)) {
    if (specifier === undefined) continue;
    if (/^@steersman\/[^/]+\/.+/.test(specifier))
      problems.push(`${file}: import '${specifier}' from its package's one export`);
    if (own === undefined || isTest || folder?.startsWith('test/')) continue;
    const target = floorOf(specifier);
    if (target === -1 || specifier === own || allowedWithinFloor.has(`${own}>${specifier}`)) continue;
    if (target >= floorOf(own)) problems.push(`${file}: ${own} may not import ${specifier} (same floor or above)`);
  }
  if (!EFFECT_FILES.test(file)) {
    text.split('\n').forEach((line, index) => {
      if (FORBIDDEN_GLOBALS.test(line) && !line.includes('tidy-allow'))
        problems.push(`${file}:${index + 1}: take the Clock or Random of @steersman/machinery as an argument`);
    });
  }
}

for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;
