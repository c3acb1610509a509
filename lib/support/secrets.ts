/**
 * A text for people, with `…` in place of the passwords of the URLs in it, also of malformed ones: everything up to the
 * last `@` may be a password.
 */
export function withoutPasswords(text: string): string {
  return text.replace(/([a-z][a-z\d+.-]*:\/\/[^\s:/?#@'"`]*):\S*@/gi, '$1:…@');
}
