/** Ends a run with one line for people and machines, and the matching exit code. */
export function summarise(...parts) {
  const total = (key) => parts.reduce((sum, counts) => sum + (counts[key] ?? 0), 0);
  const skipped = total('skipped') > 0 ? `, ${total('skipped')} skipped` : '';
  process.stdout.write(`\n${total('passed')} passed, ${total('failed')} failed${skipped}\n`);
  process.exitCode = total('failed') === 0 ? 0 : 1;
}
