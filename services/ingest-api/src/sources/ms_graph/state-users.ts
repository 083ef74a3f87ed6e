import { type Statements } from '../reading/field-rules.js';
import { find } from '../reading/find.js';
import { type Located } from '../reading/located.js';
import { type LocatedText, pickLocated, pickText } from '../reading/text.js';
import { USERS, USER_HOLDERS } from './evidence-fields.js';

/**
 * States every user of an object, by principal name, else `domain\name`. An object that is a user is stated as a
 * whole; of an object with other evidence only the user's name is, so that the rest is still read.
 */
export function stateUsers(at: Located, statements: Statements): void {
  const state = (path: string, { value, pointer }: Pick<Located, 'value' | 'pointer'>): void => {
    statements.read(
      { value, pointer },
      { path, as: 'account', role: 'actor', field: 'actor_username' },
    );
  };
  for (const name of namesIn([at])) state('user', name);
  for (const path of USER_HOLDERS) {
    for (const name of namesIn(find(at, path))) state(path, name);
  }
  for (const path of USERS) {
    for (const user of find(at, path)) {
      for (const { value } of namesIn([user])) state(path, { value, pointer: user.pointer });
    }
  }
}

const namesIn = (holders: readonly Located[]): LocatedText[] =>
  holders.map(userNameOf).filter((name) => name !== undefined);

function userNameOf(user: Located): LocatedText | undefined {
  const principal = pickLocated(user, 'userPrincipalName', 'AccountUpn');
  if (principal) return principal;
  const name = pickLocated(user, 'accountName', 'userName');
  const domain = pickText(user, 'AccountDomain', 'domainName');
  if (!name || domain === undefined || name.value.includes('\\')) return name;
  return { ...name, value: `${domain}\\${name.value}` };
}
