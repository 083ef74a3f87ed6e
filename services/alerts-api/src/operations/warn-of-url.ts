import { AppError, type Issue } from '@calseta/common';

export type CheckUrl = (
  url: string,
) => Promise<{ kind: 'allowed' } | { kind: 'unresolvable' | 'refused'; reason: string }>;

/** Refuses a URL that nothing may be sent to; warns of a name that does not resolve, since it may resolve later. */
export async function warnOfUrl(
  checkUrl: CheckUrl,
  url: string | null | undefined,
  pointer: string,
): Promise<Issue[]> {
  if (typeof url !== 'string') return [];
  const verdict = await checkUrl(url);
  switch (verdict.kind) {
    case 'allowed':
      return [];
    case 'unresolvable':
      return [{ pointer, message: verdict.reason }];
    case 'refused':
      throw new AppError('url.not_allowed', verdict.reason, {
        issues: [{ pointer, message: verdict.reason }],
      });
  }
}
