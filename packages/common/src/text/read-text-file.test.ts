import { describe, expect, test } from '@jest/globals';
import { readTextFile } from './read-text-file.js';

describe('readTextFile', () => {
  test.each([
    ['UTF-8', Buffer.from('# Größe\n\tTab 🦊\r\n\f')],
    ['UTF-8 with a byte-order mark', Buffer.from('\ufeff# Größe\n\tTab 🦊\r\n\f')],
    ['UTF-16 LE', Buffer.from('\ufeff# Größe\n\tTab 🦊\r\n\f', 'utf16le')],
    ['UTF-16 BE', Buffer.from('\ufeff# Größe\n\tTab 🦊\r\n\f', 'utf16le').swap16()],
  ])('reads %s', (_, bytes) => {
    expect(readTextFile(bytes)).toEqual({ text: '# Größe\n\tTab 🦊\r\n\f' });
  });

  test.each([
    ['windows-1252', Buffer.from('Gr\xf6\xdfe', 'latin1'), /^is neither UTF-8/],
    ['half a character', Buffer.from('🦊').subarray(0, 3), /^is neither UTF-8/],
    ['UTF-16 without its last byte', Buffer.from([0xff, 0xfe, 0x41]), /^is neither UTF-8/],
    ['a picture', Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), /^is neither UTF-8/],
    ['a NUL', Buffer.from('ab\0c'), /^holds binary data at character 3$/],
    ['an escape of zip', Buffer.from('PK\x03\x04'), /^holds binary data at character 3$/],
  ])('refuses %s', (_, bytes, problem) => {
    expect(readTextFile(bytes)).toEqual({ text: '', problem: expect.stringMatching(problem) });
  });
});
