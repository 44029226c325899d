/** The Python client library, one test for each check of the program in python/. */
import { fileURLToPath } from 'node:url';
import { checkSuites, findPython, isMissing } from './src/index.ts';

const SCRIPT = fileURLToPath(new URL('python/checks.py', import.meta.url));
const python = findPython();

checkSuites('the Python client library', isMissing(python) ? python : { ...python, list: [SCRIPT], perform: [SCRIPT] });
