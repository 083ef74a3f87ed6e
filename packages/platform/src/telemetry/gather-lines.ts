import { Writable } from 'node:stream';

/** What is gathered at most before it is written. */
export const MAX_GATHERED_CHARACTERS = 65_536;

/**
 * Writes the lines of one turn of the event loop at once: a system call for each costs a busy service more
 * than making the line. A process that exits hands on what is left first.
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
