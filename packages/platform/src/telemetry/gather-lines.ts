import { Writable } from 'node:stream';

/** Characters that are buffered before they are written. */
export const MAX_GATHERED_CHARACTERS = 65_536;

/**
 * Writes the lines of one event-loop turn in one system call: under load, one call per line costs more than formatting
 * the line. Buffered lines are written before the process exits.
 */
export function gatherLines(to: NodeJS.WritableStream): Writable {
  let gathered = '';
  let isDue = false;
  const flush = (): void => {
    const lines = gathered;
    gathered = '';
    if (lines !== '') to.write(lines);
  };
  process.once('exit', flush);
  return new Writable({
    decodeStrings: false,
    write(text: string, _encoding, done) {
      gathered += text;
      if (gathered.length >= MAX_GATHERED_CHARACTERS) flush();
      else if (!isDue) {
        isDue = true;
        setImmediate(() => {
          isDue = false;
          flush();
        });
      }
      done();
    },
  });
}
