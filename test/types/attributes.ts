/** What must and must not compile about enums, normalized values, aliases and read-only attributes. */
import { BaseModel, belongsTo, column, hasMany } from 'active-record-ts';

class Author extends BaseModel.with({
  id: column.id(),
  email: column.string().normalize((email) => email.trim()),
  phone: column
    .string()
    .nullable()
    .normalize((phone) => phone || null),
  born: column.date().readonly(),
  login: column.alias('email'),
  tel: column.alias('phone'),
  get articles() {
    return hasMany(Article);
  },
}) {}
class Article extends BaseModel.with({
  id: column.id(),
  status: column.enum({ draft: 0, published: 1 }, { scopes: true }).default('draft'),
  kind: column.enum(['long', 'short'], { scopes: { prefix: 'kind', suffix: 'article' } }).nullable(),
  authorId: column.references('authors'),
  get author() {
    return belongsTo(Author);
  },
}) {}
class Editor extends Author.with({
  phoneNumber: column.alias('phone'),
  grade: column.alias('level'),
  level: column.integer(),
}) {}

export async function enums() {
  const article = await Article.all().published().kindLongArticle().firstOrFail();
  const status: 'draft' | 'published' = article.status;
  const kind: 'long' | 'short' | null = article.kind;
  const plucked: ('draft' | 'published')[] = await Article.pluck('status');
  const flags: boolean[] = [article.isDraft(), article.isKindShortArticle()];
  article.status = 'published';
  // @ts-expect-error no such word
  article.status = 'publishd';
  // @ts-expect-error the number is the database's affair
  article.status = 1;
  // @ts-expect-error no such word
  Article.where({ status: 'gone' });
  // @ts-expect-error it has no sum
  Article.sum('status');
  // @ts-expect-error no counter
  article.increment('status');
  // @ts-expect-error named with a prefix
  article.isLong();
  // @ts-expect-error numbers only
  column.enum({ draft: '0' });
  return { status, kind, plucked, flags };
}

export function modifiers() {
  // @ts-expect-error the column is not nullable
  column.string().normalize((value) => value || null);
  // @ts-expect-error a number is no string
  column.string().normalize((value) => value.length);
  column
    .integer()
    .nullable()
    .normalize((value) => Math.abs(value));
}

export async function aliases() {
  const author = new Author({ login: 'a' });
  const login: string = author.login;
  const tel: string | null = author.tel;
  author.login = 'b';
  author.assign({ login: 'c', tel: null });
  const logins: string[] = await Author.where({ login: ['a', 'b'] })
    .order('login')
    .pluck('login');
  const joined: (string | null)[] = await Article.where({ author: { login: 'a' } }).pluck('author.login');
  await Author.where({ id: 1 }).updateAll({ tel: null });
  const selected = await Author.select('id', 'login').firstOrFail();
  const alone: string = selected.login;
  const editor = new Editor({ phoneNumber: '1', grade: 3 });
  const number: string | null = editor.phoneNumber;
  const grade: number = editor.grade;
  await Editor.where({ phoneNumber: null, grade: [1, 2], login: 'a' });
  // @ts-expect-error not nullable
  author.login = null;
  // @ts-expect-error wrong type
  Author.where({ login: 1 });
  // @ts-expect-error unknown
  new Author({ logn: 'a' });
  return { login, tel, logins, joined, alone, number, grade };
}
