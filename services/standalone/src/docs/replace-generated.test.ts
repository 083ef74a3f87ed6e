import { describe, expect, test } from '@jest/globals';
import { replaceGenerated } from './replace-generated.js';

const document = `before
<!-- By \`npm run docs\`, from the schemas: -->
<!-- prettier-ignore-start -->
old
<!-- prettier-ignore-end -->
after`;

describe('replaceGenerated', () => {
  test('replaces what is between the markers, as often as asked', () => {
    const once = replaceGenerated(document, 'new\n');
    expect(once).toContain('before');
    expect(once).toContain('\nnew\n');
    expect(once).not.toContain('old');
    expect(once).toMatch(/after$/);
    expect(replaceGenerated(once, 'new\n')).toBe(once);
  });

  test('refuses a document without them', () => {
    expect(() => replaceGenerated('no markers', 'new\n')).toThrow(/lacks the markers/);
  });
});
