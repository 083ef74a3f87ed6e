import { describe, expect, test } from '@jest/globals';
import { describeSourceContract } from '../../../test/describe-source-contract.js';
import { normalized, statedBy } from '../../../test/normalized.js';
import { readFixtures } from '../../../test/read-fixtures.js';
import { googleWorkspace } from './index.js';

const fixtures = readFixtures(import.meta.dirname);
const read = (name: string) => normalized(googleWorkspace, fixtures[name]);

describeSourceContract(googleWorkspace, fixtures);

describe('google_workspace', () => {
  test('reads an alert of the Alert Center', () => {
    const alert = read('phishing-alert');
    expect(alert).toMatchObject({
      title: 'User reported phishing',
      severity: 'High',
      occurredAt: new Date('2025-01-07T00:00:00Z'),
      nativeAlertId: 'a-1',
      sourceUrl: 'https://admin.google.com/ac/sc/investigation',
      fields: { email_from: 'boss@phish.example.net' },
    });
    expect(statedBy(alert)).toEqual([
      'email boss@phish.example.net',
      'email vera@example.com',
      'hash_sha256 ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    ]);
  });

  test('reads an activity of the Reports API', () => {
    const alert = read('login-activity');
    expect(alert).toMatchObject({ title: 'suspicious_login', severity: 'Pending' });
    expect(statedBy(alert)).toEqual([
      'ip 203.0.113.80',
      'account will@example.com',
      'account xena@example.com',
    ]);
  });

  test('reads the alert inside a Pub/Sub push and points to its text', () => {
    const alert = read('pubsub-push');
    expect(alert.title).toBe('Suspicious login');
    expect(alert.statedIndicators).toEqual([
      expect.objectContaining({ value: '2001:db8::9', pointer: '/message/data' }),
      expect.objectContaining({ value: 'yan@example.com', pointer: '/message/data' }),
    ]);
  });

  test.each(['zz', '!', '\n', '='])('reads no Pub/Sub push with %j after its base64', (rest) => {
    const push = fixtures['pubsub-push'] as { message: { data: string } };
    const message = { ...push.message, data: push.message.data + rest };
    expect(googleWorkspace.normalize({ ...push, message })).toMatchObject({ kind: 'unreadable' });
  });
});
