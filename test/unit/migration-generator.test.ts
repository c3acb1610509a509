import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CommandInvalid } from '../../lib/errors/migration.ts';
import { generateMigration, generateModel, writeNewFile } from '../../lib/migrations/generator.ts';
import { migrationFolder } from '../support/migration-files.ts';

const now = new Date('2026-11-20T10:15:00Z');

describe('generated migrations', () => {
  const text = async (name: string, ...columns: string[]) =>
    (await generateMigration('/nowhere', name, columns, now)).text;

  it('create a table', async () => {
    const file = await generateMigration(
      '/nowhere',
      'CreateUsers',
      ['name:string', 'age:integer?', 'team:references'],
      now,
    );
    expect(file.path).toBe(join('/nowhere', '20261120101500_create_users.ts'));
    expect(file.text).toBe(`import { column, Migration } from 'active-record-ts';

export default class CreateUsers extends Migration {
  change() {
    this.createTable('users', {
      id: column.id(),
      name: column.string(),
      age: column.integer().nullable(),
      teamId: column.references('teams'),
      ...column.timestamps(),
    });
  }
}
`);
  });

  it('add and remove columns', async () => {
    expect(
      await text('add_nick_name_and_age_to_user', 'nick_name:string?', 'age:integer?:index'),
    ).toContain(`class AddNickNameAndAgeToUser extends Migration {
  change() {
    this.addColumn('users', 'nickName', column.string().nullable());
    this.addColumn('users', 'age', column.integer().nullable().index());
  }
}`);
    expect(await text('RemoveAgeFromLineItems', 'age:integer')).toContain(
      "this.removeColumn('line_items', 'age', column.integer());",
    );
  });

  it('create a join table of two, where the name says which', async () => {
    expect(await text('CreateJoinTableUsersTeams')).toContain("    this.createJoinTable('users', 'teams');\n");
    expect(await text('CreateJoinTableUserRolesTeams')).toContain('// Undone by itself');
  });

  it('are refused where none can be newer', async () => {
    const folder = migrationFolder();
    folder.write('99991231235959_last.ts', '');
    await expect(generateMigration(folder.path, 'CreateUsers', [], now)).rejects.toThrow(/newer than 99991231235959/);
  });

  it('are empty where the name says nothing', async () => {
    expect(await text('RenameThings')).toBe(`import { Migration } from 'active-record-ts';

export default class RenameThings extends Migration {
  change() {
    // Undone by itself: this.renameColumn('users', 'name', 'fullName');
  }
}
`);
  });

  it.each([
    ['1st', [], /"1st" cannot be the name of a migration/],
    ['../evil', [], /cannot be the name/],
    ['', [], /cannot be the name/],
    ['Größe', [], /cannot be the name/],
    ['RenameThings', ['a:string'], /does not say what its columns are for/],
    ['CreateUsers', ['id:integer'], /The column id is there without being named/],
    ['CreateUsers', ['a:string', 'a:text'], /The column a is named twice/],
    ['CreateUsers', ['author:references', 'author_id:integer'], /The column authorId is named twice/],
    ['Migration', [], /cannot be named Migration/],
    ['column', [], /cannot be named Column/],
    ['Object', [], /cannot be named Object/],
    ['CreateArMigrations', ['a:string'], /"ar_migrations" is where the migrations that were run are remembered/],
    ['AddAgeToArMigration', ['age:integer'], /"ar_migrations" is where/],
  ])('refuse %s %s', async (name, columns, message) => {
    await expect(generateMigration('/nowhere', name, columns, now)).rejects.toThrow(message);
    await expect(generateMigration('/nowhere', name, columns, now)).rejects.toBeInstanceOf(CommandInvalid);
  });

  it('come after all others, and have a name of their own', async () => {
    const folder = migrationFolder();
    for (const name of ['CreateUsers', 'CreatePosts', 'CreateTags']) {
      expect(await writeNewFile(await generateMigration(folder.path, name, [], now))).toBe(true);
    }
    expect(existsSync(join(folder.path, '20261120101502_create_tags.ts'))).toBe(true);
    await expect(generateMigration(folder.path, 'create_users', [], now)).rejects.toThrow(
      /There is a migration named CreateUsers/,
    );
  });

  it('are never written over anything', async () => {
    const folder = migrationFolder();
    folder.write('a.ts', 'mine');
    expect(await writeNewFile({ path: join(folder.path, 'a.ts'), text: 'yours' })).toBe(false);
    expect(readFileSync(join(folder.path, 'a.ts'), 'utf8')).toBe('mine');
  });
});

describe('generated models', () => {
  it.each([
    ['Migration', [], /cannot be named Migration/],
    ['BaseModel', [], /cannot be named BaseModel/],
    ['columns', [], /cannot be named Column/],
    ['Promise', [], /cannot be named Promise/],
    ['Date', [], /cannot be named Date/],
    ['errors', [], /cannot be named Error/],
    ['ArMigration', [], /"ar_migrations" is where/],
    ['User', ['errors:json'], /"errors": every record has a member.*errorsValue: column\.json\(\)\.column\('errors'\)/],
    ['User', ['is_persisted:boolean'], /"isPersisted".*\.column\('is_persisted'\)/],
  ])('are refused as %s %s', (name, columns, message) => {
    const attempt = () => generateModel('/nowhere', name, columns, new Set(['errors', 'isPersisted']));
    expect(attempt).toThrow(CommandInvalid);
    expect(attempt).toThrow(message);
  });

  it('may be named like what only browsers and Node have', () => {
    expect(generateModel('/nowhere', 'Event', []).text).toContain('class Event extends');
  });

  it('have the columns, and name the migration of their table', () => {
    const { path, text, migrationName } = generateModel('/nowhere', 'line_items', [
      'amount:decimal(10,2)',
      'order:references',
    ]);
    expect(path).toBe(join('/nowhere', 'line_item.ts'));
    expect(migrationName).toBe('CreateLineItems');
    expect(text).toBe(`import { BaseModel, column } from 'active-record-ts';

export class LineItem extends BaseModel.with({
  id: column.id(),
  amount: column.decimal(10, 2),
  orderId: column.references('orders'),
}, column.timestamps()) {}
`);
  });

  it('belong to the models that are there', () => {
    const { text } = generateModel(
      '/nowhere',
      'Comment',
      ['post:references', 'editor:references(users)?', 'parent:references(comments)?', 'unknown:references'],
      new Set(),
      (path) => [join('/nowhere', 'post.ts'), join('/nowhere', 'user.ts')].includes(path),
    );
    expect(text).toBe(`import { BaseModel, belongsTo, column } from 'active-record-ts';
import { Post } from './post.ts';
import { User } from './user.ts';

export class Comment extends BaseModel.with({
  id: column.id(),
  postId: column.references('posts'),
  editorId: column.references('users').nullable(),
  parentId: column.references('comments').nullable(),
  unknownId: column.references('unknowns'),
  get post() {
    return belongsTo(Post);
  },
  get editor() {
    return belongsTo(User, { optional: true });
  },
  get parent() {
    return belongsTo(Comment, { optional: true });
  },
}, column.timestamps()) {}
`);
  });
});
