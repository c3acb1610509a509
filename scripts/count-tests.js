// Prints `passed failed` of a Vitest JSON report: count-tests.js <report> <exit code of the run>
import { existsSync, readFileSync } from 'node:fs';

const [report = '', exitCode = '1'] = process.argv.slice(2);

function count() {
  if (!existsSync(report)) return { passed: 0, failed: 1 };
  const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(report, 'utf8'));
  // A file that did not load has failed without a failed test in it.
  const unloaded = testResults.filter(
    (/** @type {{ status: string, assertionResults: { status: string }[] }} */ file) =>
      file.status === 'failed' && !file.assertionResults.some(({ status }) => status === 'failed'),
  ).length;
  const failed = numFailedTests + unloaded;
  return { passed: numPassedTests, failed: failed === 0 && exitCode !== '0' ? 1 : failed };
}

const { passed, failed } = count();
console.log(`${passed} ${failed}`);
