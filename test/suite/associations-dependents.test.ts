/** What becomes of associated rows when their owner is destroyed. */
import { beforeEach, describe, expect, test } from 'vitest';
import {
  BaseModel,
  belongsTo,
  column,
  connections,
  DeleteRestricted,
  hasAndBelongsToMany,
  hasMany,
  hasOne,
  InvalidDefinition,
  polymorphic,
  sql,
  transaction,
} from '../../lib/index.ts';
import { describeModels, emptyBeforeEach, errorBeforeSending, errorOf, statementsOf } from '../support/models.ts';

class User extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  postsCount: column.integer().default(0),
  get posts() {
    return hasMany(Post, { dependent: 'destroy' });
  },
  get profile() {
    return hasOne(Profile, { dependent: 'destroy' });
  },
  get settings() {
    return hasOne(Setting, { dependent: 'delete' });
  },
  get notes() {
    return hasMany(Note, { dependent: 'deleteAll' });
  },
  get tasks() {
    return hasMany(Task, { dependent: 'nullify' });
  },
  get files() {
    return hasMany(File, { as: 'owner', dependent: 'nullify' });
  },
  get invoices() {
    return hasMany(Invoice, { dependent: 'restrict' });
  },
}) {}
class Post extends BaseModel.with({
  id: column.id(),
  title: column.string(),
  userId: column.references('users'),
  commentsCount: column.integer().default(0),
  get user() {
    return belongsTo(User, { counterCache: true });
  },
  get comments() {
    return hasMany(Comment, { dependent: 'destroy' });
  },
  get taggings() {
    return hasMany(Tagging);
  },
  get tags() {
    return hasMany(Tag, { through: 'taggings', dependent: 'destroy' });
  },
  get shelves() {
    return hasAndBelongsToMany(Shelf);
  },
}) {}
class Comment extends BaseModel.with({
  id: column.id(),
  text: column.string(),
  postId: column.references('posts'),
  get post() {
    return belongsTo(Post, { counterCache: true });
  },
  get locks() {
    return hasMany(Lock, { dependent: 'restrict' });
  },
}) {}
class Lock extends BaseModel.with({ id: column.id(), commentId: column.references('comments') }) {}
class Tag extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  get taggings() {
    return hasMany(Tagging);
  },
  get posts() {
    return hasMany(Post, { through: 'taggings', dependent: 'deleteAll' });
  },
}) {}
class Tagging extends BaseModel.with({
  id: column.id(),
  postId: column.references('posts'),
  tagId: column.references('tags'),
  get post() {
    return belongsTo(Post);
  },
  get tag() {
    return belongsTo(Tag);
  },
}) {}
class Shelf extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  get posts() {
    return hasAndBelongsToMany(Post);
  },
}) {}
class PostsShelf extends BaseModel.with({
  id: column.id(),
  postId: column.references('posts'),
  shelfId: column.references('shelves'),
}) {
  static override tableName = 'posts_shelves';
}
class Profile extends BaseModel.with({ id: column.id(), bio: column.string(), userId: column.references('users') }) {}
class Setting extends BaseModel.with({ id: column.id(), key: column.string(), userId: column.references('users') }) {}
class Note extends BaseModel.with({ id: column.id(), text: column.string(), userId: column.references('users') }) {}
class Task extends BaseModel.with({
  id: column.id(),
  title: column.string(),
  userId: column.references('users').nullable(),
  get user() {
    return belongsTo(User, { optional: true });
  },
}) {}
class File extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  ownerId: column.bigint().nullable(),
  ownerType: column.string().nullable(),
  get owner() {
    return belongsTo(polymorphic([User, Post]), { optional: true });
  },
}) {}
class Invoice extends BaseModel.with({ id: column.id(), userId: column.references('users') }) {}
/** Declared so that it cannot work. */
class Landlord extends BaseModel.with({
  id: column.id(),
  get flats() {
    return hasMany(Flat, { dependent: 'nullify' });
  },
}) {}
class Flat extends BaseModel.with({ id: column.id(), landlordId: column.references('landlords') }) {}
/** A tree, and a circle. */
class Node extends BaseModel.with({
  id: column.id(),
  parentId: column.bigint().nullable(),
  get parent() {
    return belongsTo(Node, { optional: true });
  },
  get children() {
    return hasMany(Node, { foreignKey: 'parentId', dependent: 'destroy' });
  },
}) {}
/** The last one only. */
class Stack extends BaseModel.with({
  id: column.id(),
  get top() {
    return hasOne(Plate, { latest: true, dependent: 'destroy' });
  },
}) {}
class Plate extends BaseModel.with({ id: column.id(), stackId: column.bigint() }) {}

const models = [
  User,
  Post,
  Comment,
  Lock,
  Tag,
  Tagging,
  Shelf,
  PostsShelf,
  Profile,
  Setting,
  Note,
  Task,
  File,
  Invoice,
  Landlord,
  Flat,
  Node,
  Stack,
  Plate,
];
const of = (statements: readonly string[], pattern: RegExp) => statements.filter((each) => pattern.test(each));

describeModels('dependents', models, () => {
  emptyBeforeEach(
    ...['flats', 'landlords', 'nodes', 'plates', 'stacks', 'invoices', 'files', 'tasks', 'notes', 'settings'],
    ...['profiles', 'posts_shelves', 'shelves', 'taggings', 'tags', 'locks', 'comments', 'posts', 'users'],
  );
  let ada: User;
  beforeEach(async () => {
    ada = await User.create({ name: 'Ada' });
  });

  const fill = async () => {
    const userId = ada.id;
    const bob = await User.create({ name: 'Bob' });
    for (const title of ['One', 'Two']) {
      const post = await Post.create({ title, userId });
      await Comment.create({ text: 'Yes', postId: post.id });
    }
    await Post.create({ title: 'Of Bob', userId: bob.id });
    await Profile.create({ bio: 'x', userId });
    await Setting.create({ key: 'x', userId });
    await Note.insertAll([
      { text: 'x', userId },
      { text: 'y', userId },
      { text: 'of Bob', userId: bob.id },
    ]);
    await Task.insertAll([
      { title: 'x', userId },
      { title: 'of Bob', userId: bob.id },
    ]);
    await File.insertAll([
      { name: 'x', ownerId: BigInt(userId), ownerType: 'user' },
      { name: 'of a post', ownerId: BigInt(userId), ownerType: 'post' },
    ]);
    return bob;
  };
  const counts = async () =>
    Promise.all([User, Post, Comment, Profile, Setting, Note, Task, File].map((model) => model.count()));

  test('destroy, delete, deleteAll and nullify, in one transaction', async () => {
    const bob = await fill();
    const statements = await statementsOf(() => ada.destroy());
    expect(await counts()).toEqual([1, 1, 0, 0, 0, 1, 2, 2]);
    expect(of(statements, /^(BEGIN|START|SAVEPOINT)/)).toHaveLength(1);
    expect(of(statements, /^DELETE FROM .notes/)).toHaveLength(1);
    expect(of(statements, /^DELETE FROM .settings/)).toHaveLength(1);
    expect(of(statements, /^SELECT .*.(notes|settings|tasks|[^o]files)\b/)).toEqual([]);
    expect(of(statements, /^UPDATE .tasks/)).toHaveLength(1);
    expect(of(statements, /^UPDATE .files/)).toHaveLength(1);
    // Neither the user nor a post counts what goes with it.
    expect(of(statements, /^UPDATE .(users|posts)/)).toEqual([]);
    expect(of(statements, /^DELETE FROM .(users|posts|comments|profiles)[^_]/)).toHaveLength(6);
    expect(await Task.order('title').pluck('userId')).toEqual([bob.id, null]);
    expect(await File.order('name').pluck('ownerId', 'ownerType')).toEqual([
      [BigInt(ada.id), 'post'],
      [null, null],
    ]);
  });

  test('delete, deleteBy and deleteAll do not look', async () => {
    const note = await Note.create({ text: 'x', userId: ada.id });
    expect(await errorOf(() => ada.delete())).toMatchObject({ code: 'AR_FOREIGN_KEY' });
    await note.destroy();
    expect(of(await statementsOf(() => ada.delete()), /posts|tasks|notes/)).toEqual([]);
    await User.create({ name: 'Eve' });
    expect(await statementsOf(() => User.deleteAll({ everyRow: true }))).toHaveLength(1);
  });

  test('destroyAll of a relation, and of a collection, goes the same way', async () => {
    await fill();
    await ada.posts.destroyAll();
    expect(await Comment.count()).toBe(0);
    expect((await User.find(ada.id)).postsCount).toBe(0);
    await User.where({ id: ada.id }).destroyAll();
    expect(await counts()).toEqual([1, 1, 0, 0, 0, 1, 2, 2]);
  });

  test('restrict: nothing is written, and the error says what is in the way', async () => {
    await fill();
    await Invoice.insertAll([{ userId: ada.id }, { userId: ada.id }]);
    const before = await counts();
    let error: (Error & Record<string, unknown>) | undefined;
    const statements = await statementsOf(async () => {
      error = await errorOf(() => ada.destroy());
    });
    expect(error).toBeInstanceOf(DeleteRestricted);
    expect(error).toMatchObject({ code: 'AR_DELETE_RESTRICTED', association: 'User.invoices', count: 2 });
    expect(error?.message).toContain('User.invoices has 2 records');
    expect(of(statements, /^(DELETE|UPDATE|INSERT)/)).toEqual([]);
    expect(await counts()).toEqual(before);
    expect(ada.isDestroyed).toBe(false);
  });

  test('a child that refuses stops all: everything is as before, in memory too', async () => {
    await fill();
    const comment = await Comment.first();
    await Lock.create({ commentId: comment?.id ?? 0 });
    const loaded = await User.includes({ posts: 'comments' }, 'tasks', 'notes').find(ada.id);
    const before = await counts();
    expect(await errorOf(() => loaded.destroy())).toBeInstanceOf(DeleteRestricted);
    expect(await counts()).toEqual(before);
    expect(loaded.isDestroyed).toBe(false);
    expect(loaded.posts.map((post) => post.isDestroyed)).toEqual([false, false]);
    expect(loaded.notes.map((note) => note.isDestroyed)).toEqual([false, false]);
    expect(loaded.tasks.map((task) => [task.userId, task.changed])).toEqual([[ada.id, []]]);
    await Lock.deleteAll({ everyRow: true });
    await loaded.destroy();
    expect(await counts()).toEqual([1, 1, 0, 0, 0, 1, 2, 2]);
  });

  test('a child that was not destroyed after all counts when it is', async () => {
    await fill();
    await Lock.create({ commentId: (await Comment.last())?.id ?? 0 });
    const loaded = await User.includes('posts').find(ada.id);
    expect(loaded.postsCount).toBe(2);
    expect(await errorOf(() => loaded.destroy())).toBeInstanceOf(DeleteRestricted);
    await loaded.posts.at(0)?.destroy();
    expect(loaded.postsCount).toBe(1);
    expect((await User.find(ada.id)).postsCount).toBe(1);
  });

  test('what is loaded shows it', async () => {
    await fill();
    const loaded = await User.includes({ posts: 'comments' }, 'tasks', 'notes', 'profile', 'settings').find(ada.id);
    const late = await Note.create({ text: 'late', userId: ada.id });
    const lateToo = await Post.create({ title: 'late', userId: ada.id });
    await loaded.destroy();
    expect(loaded.posts.map((post) => post.isDestroyed)).toEqual([true, true]);
    expect(loaded.posts.at(0)?.comments.map((comment) => comment.isDestroyed)).toEqual([true]);
    expect(loaded.profile.value?.isDestroyed).toBe(true);
    expect(loaded.settings.value?.isDestroyed).toBe(true);
    expect(loaded.notes.every((note) => note.isDestroyed)).toBe(true);
    expect(loaded.tasks.map((task) => [task.userId, task.changed, task.isDestroyed])).toEqual([[null, [], false]]);
    // Rows that came later are not forgotten.
    expect(await Note.findBy({ id: late.id })).toBeNull();
    expect(await Post.findBy({ id: lateToo.id })).toBeNull();
  });

  test('rolled back by the program: as before', async () => {
    await fill();
    const loaded = await User.includes('posts', 'tasks').find(ada.id);
    await errorOf(() =>
      transaction(async () => {
        await loaded.destroy();
        throw new Error('no');
      }),
    );
    expect(await counts()).toEqual([2, 3, 2, 1, 1, 3, 2, 2]);
    expect(loaded.posts.some((post) => post.isDestroyed)).toBe(false);
    expect(loaded.tasks.map((task) => [task.userId, task.changed])).toEqual([[ada.id, []]]);
  });

  test('a changed key of the owner leads nobody to the rows of another one', async () => {
    const bob = await fill();
    await ada.posts.destroyAll();
    ada.id = bob.id;
    await ada.destroy();
    expect(await Post.where({ userId: bob.id }).count()).toBe(1);
    expect(await Note.where({ userId: bob.id }).count()).toBe(1);
  });

  test('many: in batches by key', async () => {
    await Post.insertAll(Array.from({ length: 2300 }, (_, index) => ({ title: `Post ${index}`, userId: ada.id })));
    const statements = await statementsOf(() => ada.destroy());
    expect(of(statements, /^SELECT .* FROM .posts. WHERE/)).toHaveLength(3);
    expect(await Post.count()).toBe(0);
  });

  test('through: the rows in between go', async () => {
    const post = await Post.create({ title: 'One', userId: ada.id });
    const other = await Post.create({ title: 'Two', userId: ada.id });
    const [red, blue] = [await Tag.create('red'), await Tag.create('blue')];
    await Tagging.insertAll([
      { postId: post.id, tagId: red.id },
      { postId: post.id, tagId: blue.id },
      { postId: other.id, tagId: red.id },
    ]);
    await post.destroy();
    expect(await Tagging.count()).toBe(1);
    expect(await Tag.count()).toBe(2);
    const statements = await statementsOf(() => red.destroy());
    expect(of(statements, /^DELETE FROM .taggings/)).toHaveLength(1);
    expect([await Tagging.count(), await Post.count()]).toEqual([0, 1]);
  });

  test('hasAndBelongsToMany: the rows of the join table go, from either side', async () => {
    const post = await Post.create({ title: 'One', userId: ada.id });
    const other = await Post.create({ title: 'Two', userId: ada.id });
    const shelf = await Shelf.create('A');
    const connection = connections.get();
    const put = (id: number) =>
      connection.execute(sql`INSERT INTO posts_shelves (post_id, shelf_id) VALUES (${id}, ${shelf.id})`);
    await put(post.id);
    await put(other.id);
    await post.destroy();
    expect([await PostsShelf.count(), await Shelf.count()]).toEqual([1, 1]);
    await shelf.destroy();
    expect([await PostsShelf.count(), await Post.count()]).toEqual([0, 1]);
  });

  describe('declarations', () => {
    test('nullify of a key that cannot be null is an error before anything is sent', async () => {
      const landlord = await Landlord.create({});
      await Flat.create({ landlordId: landlord.id });
      const error = await errorBeforeSending(() => landlord.destroy());
      expect(error).toBeInstanceOf(InvalidDefinition);
      expect(error.message).toContain('Flat.landlordId');
    });

    test('of a hasOne that picks one of several, that one', async () => {
      const stack = await Stack.create({});
      const plates = await Promise.all([1, 2].map(() => Plate.create({ stackId: BigInt(stack.id) })));
      await stack.destroy();
      expect(await Plate.pluck('id')).toEqual([Math.min(...plates.map(({ id }) => id))]);
    });

    test('a tree, and rows that belong to each other in a circle', async () => {
      const root = await Node.create({});
      const child = await Node.create({ parentId: BigInt(root.id) });
      await Node.create({ parentId: BigInt(child.id) });
      await root.destroy();
      expect(await Node.count()).toBe(0);
      const one = await Node.create({});
      const other = await Node.create({ parentId: BigInt(one.id) });
      await one.update({ parentId: BigInt(other.id) });
      await one.destroy();
      expect(await Node.count()).toBe(0);
    });
  });
});
