import {
  BaseModel,
  belongsTo,
  column,
  connections,
  DeleteRestricted,
  hasAndBelongsToMany,
  hasMany,
  hasOne,
  InvalidForeignKey,
  InvalidQuery,
  type Query,
  RecordDestroyed,
  RecordInvalid,
  RecordNotFound,
  SoftDelete,
  sql,
  transaction,
  type Validations,
} from 'active-record-ts';
import { describe, expect, it } from 'vitest';
import { describeModels, emptyBeforeEach, errorBeforeSending, errorOf, statementsOf } from '../support/models.ts';

class Author extends BaseModel.use(SoftDelete).with({
  id: column.id(),
  name: column.string(),
  postsCount: column.integer().default(0),
  updatedAt: column.datetime().nullable(),
  get posts() {
    return hasMany(Post, { dependent: 'destroy' });
  },
  get allPosts() {
    return hasMany(Post, { scope: SoftDelete.scopes.withDeleted });
  },
  get profile() {
    return hasOne(Profile, { dependent: 'destroy' });
  },
  get comments() {
    return hasMany(Comment, { through: 'posts' });
  },
}) {
  static validations = { name: { uniqueness: true } } satisfies Validations<typeof Author>;
}
class Post extends BaseModel.use(SoftDelete).with({
  id: column.id(),
  title: column.string(),
  authorId: column.references('authors').nullable(),
  get author() {
    return belongsTo(Author, { optional: true, counterCache: true, touch: true });
  },
  get writer() {
    return belongsTo(Author, {
      foreignKey: 'authorId',
      optional: true,
      scope: (all: Query<typeof Author>) => SoftDelete.scopes.withDeleted(all),
    });
  },
  get comments() {
    return hasMany(Comment, { dependent: 'destroy' });
  },
  get tags() {
    return hasAndBelongsToMany(Tag);
  },
}) {
  static override scopes = { titled: (posts: Query<typeof Post>, title: string) => posts.where({ title }) };
}
class Comment extends BaseModel.use(SoftDelete).with({
  id: column.id(),
  body: column.string(),
  postId: column.references('posts'),
  get post() {
    return belongsTo(Post);
  },
}) {}
/** Not softly deleted. */
class Profile extends BaseModel.with({
  id: column.id(),
  authorId: column.references('authors'),
  get author() {
    return belongsTo(Author);
  },
}) {}
class Tag extends BaseModel.with({ id: column.id(), name: column.string() }) {}
/** A unique index on the value alone. */
class Account extends BaseModel.use(SoftDelete).with({ id: column.id(), email: column.string(80).unique() }) {
  static validations = { email: { uniqueness: true } } satisfies Validations<typeof Account>;
}
class Shelf extends BaseModel.use(SoftDelete).with({
  id: column.id(),
  get books() {
    return hasMany(Book, { dependent: 'restrict' });
  },
}) {}
class Book extends BaseModel.use(SoftDelete).with({ id: column.id(), shelfId: column.references('shelves') }) {}

const models = [Author, Post, Comment, Profile, Tag, Account, Shelf, Book];
const raw = async (table: string): Promise<number> =>
  (await connections.get().query(sql`SELECT id FROM ${sql.name(table)}`)).length;

async function story() {
  const ada = await Author.create('Ada');
  const kept = await ada.posts.create({ title: 'kept' });
  const gone = await ada.posts.create({ title: 'gone' });
  await gone.destroy();
  return { ada, kept, gone };
}

describeModels('SoftDelete', models, (database) => {
  emptyBeforeEach('books', 'shelves', 'accounts', 'profiles', 'comments', 'posts_tags', 'tags', 'posts', 'authors');

  describe('destroy', () => {
    it('marks the row, in one UPDATE', async () => {
      const tagged = await Account.create({ email: 'a' });
      const statements = await statementsOf(() => tagged.destroy());
      expect(statements).toHaveLength(1);
      expect(statements[0]).toMatch(/^UPDATE .accounts. SET .deleted_at. = .* WHERE .* IS NULL$/);
      expect([tagged.isDestroyed, tagged.isDeleted, tagged.isPersisted]).toEqual([true, true, false]);
      expect(tagged.deletedAt).toBeInstanceOf(Date);
      expect(await raw('accounts')).toBe(1);
      expect((await errorOf(() => tagged.save())).code).toBe('AR_RECORD_DESTROYED');
    });

    it('sets updatedAt', async () => {
      const ada = await Author.create({ name: 'Ada', updatedAt: new Date(0) });
      await ada.destroy();
      const [again] = await Author.unscoped();
      expect(again?.updatedAt).toEqual(ada.deletedAt);
      expect(ada.updatedAt).toEqual(ada.deletedAt);
      expect(ada.hasChanged()).toBe(false);
    });

    it('counts down, and touches', async () => {
      const { ada } = await story();
      expect((await Author.find(ada.id)).postsCount).toBe(1);
    });

    it('twice is once', async () => {
      const { ada, gone } = await story();
      const [again] = await Post.all().onlyDeleted();
      await again?.destroy();
      await gone.destroy();
      expect((await Author.find(ada.id)).postsCount).toBe(1);
      expect((await Post.all().onlyDeleted().first())?.deletedAt).toEqual(gone.deletedAt);
    });

    it('destroys what depends on it at the same moment, and for good what has no mark', async () => {
      const ada = await Author.create('Ada');
      const post = await ada.posts.create({ title: 'x' });
      await post.comments.create({ body: 'y' });
      await Profile.create({ author: ada });
      await ada.destroy();
      expect([await Post.count(), await Comment.count(), await raw('profiles')]).toEqual([0, 0, 0]);
      const [found] = await Post.all().withDeleted();
      const [comment] = await Comment.all().withDeleted();
      expect(found?.deletedAt).toEqual(ada.deletedAt);
      expect(comment?.deletedAt).toEqual(ada.deletedAt);
      expect((await Author.unscoped().first())?.postsCount).toBe(0);
    });

    it('keeps rows of join tables', async () => {
      const post = await Post.create({ title: 'x' });
      await post.tags.create({ name: 't' });
      await post.destroy();
      await post.restore();
      expect((await post.tags).map(({ name }) => name)).toEqual(['t']);
    });

    it('is refused where something depends on it, that is not deleted', async () => {
      const shelf = await Shelf.create({});
      const book = await Book.create({ shelfId: shelf.id });
      expect(await errorOf(() => shelf.destroy())).toBeInstanceOf(DeleteRestricted);
      await book.destroy();
      await shelf.destroy();
      expect(await Shelf.count()).toBe(0);
      expect(await errorOf(() => shelf.reallyDestroy())).toBeInstanceOf(DeleteRestricted);
    });

    it('is taken back with its transaction', async () => {
      const { ada, kept } = await story();
      await transaction(async (): Promise<void> => {
        await kept.destroy();
        throw new Error('no');
      }).catch(() => undefined);
      expect([kept.isDestroyed, kept.isDeleted, kept.deletedAt]).toEqual([false, false, null]);
      expect(await Post.pluck('title')).toEqual(['kept']);
      expect((await ada.reload()).postsCount).toBe(1);
      await kept.destroy();
      expect(await Post.count()).toBe(0);
    });

    it('leaves other changes alone', async () => {
      const post = await Post.create({ title: 'x' });
      post.title = 'changed';
      await post.destroy();
      expect(post.changes).toEqual({ title: ['x', 'changed'] });
      expect((await Post.unscoped().first())?.title).toBe('x');
    });
  });

  describe('queries', () => {
    it('leave deleted rows out', async () => {
      const { gone } = await story();
      expect(await Post.pluck('title')).toEqual(['kept']);
      expect(await errorOf(() => Post.find(gone.id))).toBeInstanceOf(RecordNotFound);
      expect(await Post.all().titled('gone').exists()).toBe(false);
    });

    it('ask for them by withDeleted and onlyDeleted', async () => {
      await story();
      expect(await Post.all().withDeleted().order('id').pluck('title')).toEqual(['kept', 'gone']);
      expect(await Post.all().onlyDeleted().pluck('title')).toEqual(['gone']);
      expect(await Post.where({ title: 'gone' }).withDeleted().titled('gone').count()).toBe(1);
      expect(await Post.where({ title: 'gone' }).or({ title: 'x' }).withDeleted().count()).toBe(1);
      expect(
        await Post.where({ title: ['kept', 'gone'] })
          .onlyDeleted()
          .order('id')
          .pluck('title'),
      ).toEqual(['gone']);
    });

    it('keep conditions on deletedAt that somebody has asked for', async () => {
      await story();
      expect(await Post.where({ deletedAt: null }).withDeleted().pluck('title')).toEqual(['kept']);
    });

    it('of an association', async () => {
      const { ada } = await story();
      expect((await ada.posts).map(({ title }) => title)).toEqual(['kept']);
      expect(await ada.posts.withDeleted().order('id').pluck('title')).toEqual(['kept', 'gone']);
      expect(await ada.posts.onlyDeleted().pluck('title')).toEqual(['gone']);
      expect(await ada.allPosts.order('id').pluck('title')).toEqual(['kept', 'gone']);
      expect(await ada.posts.count()).toBe(1);
      expect(await (await Author.find(ada.id)).posts.size()).toBe(1);
    });

    it('that load, join and count associations', async () => {
      const { ada, gone, kept } = await story();
      await kept.comments.create({ body: 'on kept' });
      await connections.get().execute(sql`INSERT INTO comments (body, post_id) VALUES ('on gone', ${gone.id})`);
      const included = await Author.includes('posts', 'allPosts').first();
      expect(included?.posts.map(({ title }) => title)).toEqual(['kept']);
      expect(included?.allPosts.length).toBe(2);
      const eager = await Author.eagerLoad('posts').first();
      expect(eager?.posts.length).toBe(1);
      expect((await Author.withCount('comments').first())?.commentsCount).toBe(1);
      expect((await Post.unscoped().withCount('author').first())?.authorCount).toBe(1);
      expect((await Author.withMaximum('posts', 'title').first())?.postsMaximumTitle).toBe('kept');
      expect(await Author.joins('posts').count()).toBe(1);
      expect(await Author.whereHas('posts', (posts) => posts.titled('gone')).count()).toBe(0);
      expect(await Author.whereHas('posts', (posts) => posts.withDeleted().titled('gone')).count()).toBe(1);
      expect(await Author.where({ posts: { title: 'gone' } }).count()).toBe(0);
      expect((await ada.comments).map(({ body }) => body)).toEqual(['on kept']);
    });

    it('find no parent that is deleted, unless the association says so', async () => {
      const { ada, kept } = await story();
      await connections
        .get()
        .execute(sql`UPDATE authors SET deleted_at = ${'2030-01-01 00:00:00'} WHERE id = ${ada.id}`);
      const post = await Post.find(kept.id);
      expect(await post.author).toBeNull();
      expect((await post.writer)?.name).toBe('Ada');
      expect((await Post.includes('author').first())?.author.value).toBeNull();
      expect(await Post.whereHas('author').count()).toBe(0);
    });

    it('of a required parent reject', async () => {
      const post = await Post.create({ title: 'x' });
      const comment = await post.comments.create({ body: 'y' });
      await connections.get().execute(sql`UPDATE posts SET deleted_at = ${'2030-01-01 00:00:00'}`);
      expect(await errorOf(async () => (await Comment.find(comment.id)).post)).toBeInstanceOf(RecordNotFound);
    });

    it('count counters anew without them', async () => {
      const { ada } = await story();
      await Author.where({ id: ada.id }).updateAll({ postsCount: 7 });
      await Author.resetCounters(ada.id, 'posts');
      expect((await ada.reload()).postsCount).toBe(1);
    });
  });

  describe('of many', () => {
    it('destroyAll marks, deleteAll deletes', async () => {
      await story();
      await Post.create({ title: 'other' });
      expect(await Post.where({ title: 'other' }).destroyAll()).toHaveLength(1);
      expect(await raw('posts')).toBe(3);
      expect(await Post.where({ title: ['kept', 'gone'] }).deleteAll()).toBe(1);
      expect(await Post.all().onlyDeleted().deleteAll()).toBe(2);
      expect(await raw('posts')).toBe(0);
    });

    it('delete() deletes the row', async () => {
      const post = await Post.create({ title: 'x' });
      await post.delete();
      expect(await raw('posts')).toBe(0);
    });
  });

  describe('counters', () => {
    it('leave out a deleted record that is moved, until it is restored', async () => {
      const { ada, gone } = await story();
      const eve = await Author.create('Eve');
      const counts = async () => [(await ada.reload()).postsCount, (await eve.reload()).postsCount];
      const found = await Post.all().withDeleted().find(gone.id);
      await found.update({ authorId: eve.id });
      expect(await counts()).toEqual([1, 0]);
      await found.restore();
      expect(await counts()).toEqual([1, 1]);
      await found.destroy();
      found.isDeleted && (await found.restore());
      found.authorId = ada.id;
      await found.save();
      expect(await counts()).toEqual([2, 0]);
    });

    it('go along where the mark is moved and taken off at once', async () => {
      const { ada, gone } = await story();
      const eve = await Author.create('Eve');
      const found = await Post.all().withDeleted().find(gone.id);
      found.authorId = eve.id;
      await found.restore();
      expect([(await ada.reload()).postsCount, (await eve.reload()).postsCount]).toEqual([1, 1]);
    });

    it('know a mark that was assigned', async () => {
      const { ada, kept } = await story();
      const count = async () => (await ada.reload()).postsCount;
      await kept.update({ deletedAt: new Date() });
      expect(await count()).toBe(0);
      await kept.update({ deletedAt: null });
      expect(await count()).toBe(1);
      const born = await ada.posts.create({ title: 'born deleted', deletedAt: new Date() });
      expect(await count()).toBe(1);
      await born.restore();
      expect(await count()).toBe(2);
    });
  });

  describe('restore', () => {
    it('takes the mark off, and counts up', async () => {
      const { ada, gone } = await story();
      await gone.restore();
      expect([gone.isDestroyed, gone.isDeleted, gone.hasChanged()]).toEqual([false, false, false]);
      expect(await Post.order('id').pluck('title')).toEqual(['kept', 'gone']);
      expect((await ada.reload()).postsCount).toBe(2);
      await gone.update({ title: 'again' });
    });

    it('works on a record that was loaded', async () => {
      await story();
      const found = await Post.all().onlyDeleted().sole();
      expect(found.isDestroyed).toBe(false);
      await (await found.restore()).update({ title: 'back' });
      expect(await Post.pluck('title')).toContain('back');
    });

    it('does nothing to what is not deleted', async () => {
      const { ada, kept } = await story();
      expect(await statementsOf(() => kept.restore())).toEqual([]);
      expect((await ada.reload()).postsCount).toBe(1);
    });

    it('counts once where somebody else has restored it meanwhile', async () => {
      const { ada, gone } = await story();
      const [one, two, three] = await Promise.all([1, 2, 3].map(() => Post.all().withDeleted().find(gone.id)));
      await one?.restore();
      two?.assign({ title: 'changed' });
      await Promise.all([two?.restore(), three?.restore()]);
      expect([two?.isDeleted, two?.hasChanged(), three?.isDeleted]).toEqual([false, false, false]);
      expect((await ada.reload()).postsCount).toBe(2);
      expect(await Post.order('id').pluck('title')).toEqual(['kept', 'changed']);
    });

    it('is an error where the row is gone', async () => {
      const { ada, gone } = await story();
      const found = await Post.all().withDeleted().find(gone.id);
      await Post.unscoped().where({ id: gone.id }).deleteAll();
      expect(await errorOf(() => found.restore())).toBeInstanceOf(RecordNotFound);
      expect([found.isDeleted, found.hasChanged(), (await ada.reload()).postsCount]).toEqual([true, false, 1]);
    });

    it('works on a record whose row somebody else had marked before it', async () => {
      const { ada, kept } = await story();
      const other = await Post.find(kept.id);
      await kept.destroy();
      await other.destroy();
      expect([other.isDestroyed, other.isDeleted]).toEqual([true, true]);
      expect(other.deletedAt).toEqual(kept.deletedAt);
      await other.restore();
      expect([await Post.count(), (await ada.reload()).postsCount]).toEqual([1, 1]);
    });

    it('says so where the mark was not selected', async () => {
      await story();
      const [found] = await Post.all().onlyDeleted().select('id', 'authorId');
      expect((await errorOf(() => Reflect.get(found ?? {}, 'restore').call(found))).code).toBe('AR_ATTRIBUTE_MISSING');
    });

    it('with dependents restores what was destroyed with it, and nothing else', async () => {
      const ada = await Author.create('Ada');
      const before = await ada.posts.create({ title: 'before' });
      await before.destroy();
      await Post.unscoped()
        .where({ id: before.id })
        .updateAll({ deletedAt: new Date('2020-01-01T00:00:00Z') });
      const post = await ada.posts.create({ title: 'with' });
      await post.comments.create({ body: 'deep' });
      await ada.reload();
      await ada.destroy();
      await (await Author.all().onlyDeleted().sole()).restore({ dependents: true });
      expect(await Post.pluck('title')).toEqual(['with']);
      expect(await Comment.pluck('body')).toEqual(['deep']);
      expect((await Author.find(ada.id)).postsCount).toBe(1);
    });

    it('without dependents leaves them deleted', async () => {
      const { ada, kept } = await story();
      await ada.reload();
      await ada.destroy();
      await ada.restore();
      expect(await Post.count()).toBe(0);
      expect((await Author.find(ada.id)).postsCount).toBe(0);
      await (await Post.all().withDeleted().find(kept.id)).restore();
      expect((await Author.find(ada.id)).postsCount).toBe(1);
    });

    it('is taken back with its transaction', async () => {
      const { ada, gone } = await story();
      await transaction(async (): Promise<void> => {
        await gone.restore();
        throw new Error('no');
      }).catch(() => undefined);
      expect([gone.isDestroyed, gone.isDeleted]).toEqual([true, true]);
      expect(await Post.count()).toBe(1);
      expect((await ada.reload()).postsCount).toBe(1);
    });

    it('asks for uniqueness again', async () => {
      const first = await Author.create('Ada');
      await first.destroy();
      const second = await Author.create('Ada');
      const error = await errorOf(() => first.restore());
      expect(error).toBeInstanceOf(RecordInvalid);
      expect((error as unknown as RecordInvalid).errors.toJSON()).toEqual({ name: ['has already been taken'] });
      expect([first.isDestroyed, first.isDeleted, first.hasChanged()]).toEqual([true, true, false]);
      await second.destroy();
      await first.restore();
      expect(await Author.count()).toBe(1);
    });

    it('knows its option', async () => {
      const error = await errorBeforeSending(() =>
        Reflect.apply(SoftDelete.prototype.restore, new Post(), [{ dependent: true }]),
      );
      expect(error).toBeInstanceOf(InvalidQuery);
    });
  });

  describe('uniqueness', () => {
    it('leaves deleted rows out', async () => {
      await (await Author.create('Ada')).destroy();
      await Author.create('Ada');
      expect(await errorOf(() => Author.create('Ada'))).toBeInstanceOf(RecordInvalid);
    });

    it('does not ask about a record that is deleted', async () => {
      await (await Author.create('Ada')).destroy();
      await Author.create('Ada');
      const deleted = await Author.all().onlyDeleted().sole();
      await deleted.update({ postsCount: 5 });
      await deleted.update({ name: 'Bob' });
      await deleted.update({ name: 'Ada' });
      expect(await Author.unscoped().where({ name: 'Ada' }).count()).toBe(2);
    });

    it('of an index over all rows is the same error', async () => {
      await (await Account.create({ email: 'a' })).destroy();
      const error = await errorOf(() => Account.create({ email: 'a' }));
      expect((error as unknown as RecordInvalid).errors.toJSON()).toEqual({ email: ['has already been taken'] });
    });
  });

  describe('reallyDestroy', () => {
    it('deletes the row, and what depends on it, deleted or not', async () => {
      const { ada, kept } = await story();
      await kept.comments.create({ body: 'x' });
      await (await ada.reload()).destroy();
      await ada.reallyDestroy();
      expect([await raw('authors'), await raw('posts'), await raw('comments')]).toEqual([0, 0, 0]);
      expect(ada.isDestroyed).toBe(true);
    });

    it('of a record that is not deleted counts down; of a deleted one it has been counted', async () => {
      const { ada, kept, gone } = await story();
      await gone.reallyDestroy();
      expect((await ada.reload()).postsCount).toBe(1);
      await kept.reallyDestroy();
      expect((await ada.reload()).postsCount).toBe(0);
    });

    it('that fails leaves the record as it was', async () => {
      const { ada, gone } = await story();
      await connections.get().execute(sql`INSERT INTO posts_tags (post_id, tag_id) SELECT 0, 0 WHERE 1 = 0`);
      await gone.destroy();
      const other = await Author.create('Bob');
      await other.destroy();
      await connections.get().execute(sql`INSERT INTO profiles (author_id) VALUES (${ada.id})`);
      class Bare extends BaseModel.use(SoftDelete).with({ id: column.id(), name: column.string() }) {
        static override tableName = 'authors';
      }
      const bare = await Bare.find(ada.id);
      await bare.destroy();
      expect(await errorOf(() => bare.reallyDestroy())).toBeInstanceOf(InvalidForeignKey);
      expect([bare.isDestroyed, bare.isDeleted]).toEqual([true, true]);
    });

    it('is taken back with its transaction', async () => {
      const { gone } = await story();
      await transaction(async (): Promise<void> => {
        await gone.reallyDestroy();
        throw new Error('no');
      }).catch(() => undefined);
      expect([gone.isDestroyed, gone.isDeleted]).toEqual([true, true]);
      expect(await raw('posts')).toBe(2);
      await gone.restore();
    });
  });

  it('is told of by the class', () => {
    expect([Post.uses(SoftDelete), Tag.uses(SoftDelete)]).toEqual([true, false]);
    expect(database).toBeDefined();
  });

  it('refuses a record that was destroyed', async () => {
    const post = await Post.create({ title: 'x' });
    await post.destroy();
    expect(await errorOf(() => post.update({ title: 'y' }))).toBeInstanceOf(RecordDestroyed);
  });
});
