import { describe, expect, test } from '@jest/globals';
import { assertSubscribeUrl } from './sns-subscription.js';

const TOPIC = 'arn:aws:sns:us-east-1:123456789012:guardduty';
const QUERY = '?Action=ConfirmSubscription&Token=t';
const check = (subscribe_url: string) => () => {
  assertSubscribeUrl({ topic_arn: TOPIC, subscribe_url });
};

describe('assertSubscribeUrl', () => {
  test.each([
    `https://sns.us-east-1.amazonaws.com/${QUERY}`,
    `https://sns.us-east-1.amazonaws.com/${QUERY}&TopicArn=${TOPIC}`,
    `https://sns.cn-north-1.amazonaws.com.cn/${QUERY}`,
    `https://sns.us-gov-west-1.amazonaws.com/${QUERY}`,
  ])('lets %s through', (url) => {
    expect(check(url)).not.toThrow();
  });

  test.each([
    ['http', `http://sns.us-east-1.amazonaws.com/${QUERY}`],
    ['a port', `https://sns.us-east-1.amazonaws.com:8443/${QUERY}`],
    ['the port, written out', `https://sns.us-east-1.amazonaws.com:443/${QUERY}`],
    ['a password', `https://a:b@sns.us-east-1.amazonaws.com/${QUERY}`],
    ['a host in the name of a user', `https://sns.us-east-1.amazonaws.com@evil.example/${QUERY}`],
    ['a host behind it', `https://sns.us-east-1.amazonaws.com.evil.example/${QUERY}`],
    ['a host before it', `https://evil.example/sns.us-east-1.amazonaws.com/${QUERY}`],
    ['another service', `https://s3.us-east-1.amazonaws.com/${QUERY}`],
    ['a bucket', `https://sns.us-east-1.s3.amazonaws.com/${QUERY}`],
    ['no region', `https://sns.amazonaws.com/${QUERY}`],
    ['a region too short', `https://sns.us-1.amazonaws.com/${QUERY}`],
    ['a region too long', `https://sns.${'a'.repeat(26)}.amazonaws.com/${QUERY}`],
    ['capital letters', `https://SNS.us-east-1.amazonaws.com/${QUERY}`],
    ['a dot at the end', `https://sns.us-east-1.amazonaws.com./${QUERY}`],
    ['a backslash', `https:\\\\sns.us-east-1.amazonaws.com\\${QUERY}`],
    ['a line break', `https://sns.us-east-1.amazon\naws.com/${QUERY}`],
    ['a path', `https://sns.us-east-1.amazonaws.com/x${QUERY}`],
    ['another action', 'https://sns.us-east-1.amazonaws.com/?Action=Publish'],
    ['two actions', `https://sns.us-east-1.amazonaws.com/${QUERY}&Action=Publish`],
    ['no action', 'https://sns.us-east-1.amazonaws.com/'],
    ['another topic', `https://sns.us-east-1.amazonaws.com/${QUERY}&TopicArn=arn:aws:sns:x`],
    ['nothing', ''],
  ])('refuses %s', (_, url) => {
    expect(check(url)).toThrow(expect.objectContaining({ code: 'url.not_allowed' }));
  });
});
