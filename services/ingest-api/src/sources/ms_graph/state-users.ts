import type { Statements } from '../reading/field-rules.js';
import { find } from '../reading/find.js';
import { type Located } from '../reading/located.js';
import { pickText } from '../reading/text.js';
import { USER_HOLDERS } from './evidence-fields.js';

/** States every user that an object names, by principal name, else `domain\name`. */
export function stateUsers(at: Located, statements: Statements): void {
  for (const holder of ['', ...USER_HOLDERS]) {
    for (const user of holder === '' ? [at] : find(at, holder)) {
      const name = userNameOf(user);
      if (name === undefined) continue;
      statements.read(
        { value: name, pointer: user.pointer },
        { path: holder || 'user', as: 'account', role: 'actor', field: 'actor_username' },
      );
    }
  }
}

function userNameOf(user: Located): string | undefined {
  const principal = pickText(user, 'userPrincipalName', 'AccountUpn');
  if (principal !== undefined) return principal;
  const name = pickText(user, 'accountName', 'userName');
  const domain = pickText(user, 'AccountDomain', 'domainName');
  if (name === undefined) return undefined;
  return domain === undefined || name.includes('\\') ? name : `${domain}\\${name}`;
}
