import pluralize from 'pluralize';

/** How attributes and columns, and classes and tables, are named after each other. */
export type Naming = 'snake' | 'preserve';

/** `authorId` → `author_id`, `HTMLPage` → `html_page`. */
export function snakeCase(name: string): string {
  return name
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1_$2')
    .replace(/([a-z\d])([A-Z])/g, '$1_$2')
    .replace(/[-\s]+/g, '_')
    .toLowerCase();
}

/** `author_id` → `authorId`. */
export function camelCase(name: string): string {
  return name.toLowerCase() === name || name.toUpperCase() === name
    ? name.toLowerCase().replace(/(?!^)[_\s-]+([a-z\d])/g, (_, letter: string) => letter.toUpperCase())
    : name.charAt(0).toLowerCase() +
        name.slice(1).replace(/[_\s-]+([A-Za-z\d])/g, (_, letter: string) => letter.toUpperCase());
}

/** `create_users` → `CreateUsers`. */
export function pascalCase(name: string): string {
  const camel = camelCase(snakeCase(name));
  return camel.charAt(0).toUpperCase() + camel.slice(1);
}

/** `User` → `users`, `LineItem` → `line_items`, `Person` → `people`. */
export function tableNameOf(className: string): string {
  const words = snakeCase(className).split('_');
  const last = words.pop() ?? '';
  return [...words, pluralize.plural(last)].join('_');
}

/** `users` → `User`, `line_items` → `LineItem`. */
export function classNameOf(tableName: string): string {
  const words = snakeCase(tableName).split('_');
  const last = words.pop() ?? '';
  return pascalCase([...words, pluralize.singular(last)].join('_'));
}

export function columnNameOf(attribute: string, naming: Naming): string {
  return naming === 'preserve' ? attribute : snakeCase(attribute);
}

/** `createdAt` → `Created at`, for messages to people. */
export function humanName(attribute: string): string {
  const words = snakeCase(attribute).replaceAll('_', ' ').trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** `posts` → `post`, `line_items` → `line_item`. */
export function singularOf(tableName: string): string {
  const words = tableName.split('_');
  const last = words.pop() ?? '';
  return [...words, pluralize.singular(last)].join('_');
}

/** `Author` → `an Author`, `User` → `a User`: names with U mostly begin like that. */
export const withArticle = (name: string): string => `${/^[aeio]/i.test(name) ? 'an' : 'a'} ${name}`;
