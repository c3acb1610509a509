/** Nested attributes: associated records made, changed and destroyed with their owner; nothing of anybody else is reached. */
import { beforeEach, describe, expect, test } from 'vitest';
import {
  BaseModel,
  belongsTo,
  column,
  hasMany,
  hasOne,
  InvalidQuery,
  RecordInvalid,
  RecordNotFound,
  transaction,
  UnknownAttribute,
} from '../../lib/index.ts';
import { describeModels, emptyBeforeEach, errorBeforeSending, errorOf, statementsOf } from '../support/models.ts';

class User extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  role: column.string().default('reader'),
  get posts() {
    return hasMany(Post, {
      nested: { destroy: true, limit: 4, reject: (attributes) => attributes.title === '' },
    });
  },
  get notes() {
    return hasMany(Note, { nested: true });
  },
  get fixed() {
    return hasMany(Note, { nested: { updateOnly: true } });
  },
  get secrets() {
    return hasMany(Note);
  },
  get profile() {
    return hasOne(Profile, { nested: { destroy: true }, dependent: 'destroy' });
  },
  get card() {
    return hasOne(Profile, { nested: { updateOnly: true } });
  },
}) {}
class Post extends BaseModel.with({
  id: column.id(),
  title: column.string(),
  slug: column.string().nullable().unique(),
  userId: column.references('users'),
  get user() {
    return belongsTo(User, { nested: true });
  },
  get comments() {
    return hasMany(Comment, { nested: { destroy: true } });
  },
  get taggings() {
    return hasMany(Tagging, { dependent: 'destroy' });
  },
  get tags() {
    return hasMany(Tag, { through: 'taggings', nested: { destroy: true } });
  },
}) {}
class Tag extends BaseModel.with({ id: column.id(), name: column.string() }) {}
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
class Comment extends BaseModel.with({
  id: column.id(),
  text: column.string(),
  postId: column.references('posts'),
  get post() {
    return belongsTo(Post);
  },
}) {}
class Note extends BaseModel.with({ id: column.id(), text: column.string(), userId: column.references('users') }) {}
class Profile extends BaseModel.with({ id: column.id(), bio: column.string(), userId: column.references('users') }) {}
class Draft extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  editorId: column.references('users').nullable(),
  get editor() {
    return belongsTo(User, { optional: true, nested: { destroy: true } });
  },
}) {}

/** What arrives from outside: the types know nothing of it. */
const json = (text: string): object => JSON.parse(text) as object;
const assign = (record: User | Post | Draft, values: object) => Reflect.apply(record.assign, record, [values]);
const of = (statements: readonly string[], pattern: RegExp) => statements.filter((each) => pattern.test(each));

describeModels('nested attributes', [User, Post, Tag, Tagging, Comment, Note, Profile, Draft], () => {
  emptyBeforeEach('drafts', 'profiles', 'notes', 'taggings', 'tags', 'comments', 'posts', 'users');
  let ada: User;
  let eve: User;
  let mine: Post;
  let hers: Post;
  beforeEach(async () => {
    ada = await User.create({ name: 'Ada' });
    eve = await User.create({ name: 'Eve' });
    mine = await Post.create({ title: 'Mine', userId: ada.id });
    hers = await Post.create({ title: 'Hers', userId: eve.id });
  });
  const titles = () => Post.where({ userId: ada.id }).order('title').pluck('title');

  test('create: the records are made with their owner, in one transaction', async () => {
    const statements = await statementsOf(() =>
      User.create({
        name: 'Bob',
        postsAttributes: [
          { title: 'One', commentsAttributes: [{ text: 'Yes' }, { text: 'No' }] },
          { title: '' },
          { title: 'Two' },
        ],
        profileAttributes: { bio: 'x' },
      }),
    );
    expect(of(statements, /^INSERT/)).toHaveLength(6);
    expect(of(statements, /^(BEGIN|START|SAVEPOINT)/)).toHaveLength(1);
    expect(of(statements, /^SELECT/)).toEqual([]);
    const bob = await User.includes({ posts: 'comments' }, 'profile').findBy({ name: 'Bob' });
    expect(bob?.posts.map((post) => [post.title, post.comments.length])).toEqual([
      ['One', 2],
      ['Two', 0],
    ]);
    expect(bob?.profile.value?.bio).toBe('x');
  });

  test('update: by key changed, without one made, with the flag destroyed; one statement looks all of them up', async () => {
    const gone = await Post.create({ title: 'Gone', userId: ada.id });
    const other = await Post.create({ title: 'Other', userId: ada.id });
    const again = await User.find(ada.id);
    const statements = await statementsOf(() =>
      again.update({
        name: 'Ada L.',
        postsAttributes: [
          { id: mine.id, title: 'Changed' },
          { id: other.id, title: 'Changed too' },
          { id: gone.id, destroy: true },
          { title: 'New' },
        ],
      }),
    );
    expect(of(statements, /^SELECT .* FROM .posts/)).toHaveLength(1);
    expect(of(statements, /^DELETE/)).toHaveLength(1);
    expect(of(statements, /^UPDATE .posts/)).toHaveLength(2);
    expect(of(statements, /^INSERT/)).toHaveLength(1);
    expect(await titles()).toEqual(['Changed', 'Changed too', 'New']);
    expect((await User.find(ada.id)).name).toBe('Ada L.');
  });

  test('assign sends nothing; what is loaded is changed at once', async () => {
    const [loaded] = await User.includes('posts').where({ id: ada.id });
    if (loaded === undefined) throw new Error('not there');
    expect(
      await statementsOf(() =>
        loaded.assign({ postsAttributes: [{ id: mine.id, title: 'Changed' }, { title: 'New' }] }),
      ),
    ).toEqual([]);
    expect(loaded.posts.map((post) => [post.title, post.isNewRecord])).toEqual([
      ['Changed', false],
      ['New', true],
    ]);
    expect(of(await statementsOf(() => loaded.save()), /^SELECT/)).toEqual([]);
    expect(await titles()).toEqual(['Changed', 'New']);
    await loaded.update({ postsAttributes: [{ id: mine.id, destroy: true }] });
    expect(loaded.posts.map((post) => post.title)).toEqual(['New']);
  });

  test('nested inside nested', async () => {
    const yes = await Comment.create({ text: 'Yes', postId: mine.id });
    const no = await Comment.create({ text: 'No', postId: mine.id });
    await ada.update({
      postsAttributes: [
        {
          id: mine.id,
          commentsAttributes: [{ id: yes.id, text: 'Yes!' }, { id: no.id, destroy: true }, { text: 'Perhaps' }],
        },
      ],
    });
    expect(await Comment.order('text').pluck('text')).toEqual(['Perhaps', 'Yes!']);
  });

  test('through another model: made, changed; and taken out, without being destroyed for others', async () => {
    await mine.update({ tagsAttributes: [{ name: 'red' }, { name: 'blue' }] });
    const red = (await Tag.findBy({ name: 'red' }))?.id ?? 0;
    await Tagging.create({ postId: hers.id, tagId: red });
    const [blue] = await Tag.where({ name: 'blue' });
    await (await Post.find(mine.id)).update({
      tagsAttributes: [
        { id: red, destroy: true },
        { id: blue?.id ?? 0, name: 'navy' },
      ],
    });
    expect(await (await Post.find(mine.id)).tags.pluck('name')).toEqual(['navy']);
    expect(await (await Post.find(hers.id)).tags.pluck('name')).toEqual(['red']);
    const error = await errorOf(async () =>
      (await Post.find(mine.id)).update({ tagsAttributes: [{ id: red, name: 'x' }] }),
    );
    expect(error).toBeInstanceOf(RecordNotFound);
  });

  test('the place of what goes can be taken', async () => {
    await mine.update({ slug: 'a' });
    await ada.update({
      postsAttributes: [
        { title: 'New', slug: 'a' },
        { id: mine.id, destroy: true },
      ],
    });
    expect(await titles()).toEqual(['New']);
  });

  test('a failure takes all of it back, and a second attempt does it', async () => {
    const bad = { title: 'x'.repeat(300) };
    const error = await errorOf(() =>
      ada.update({ name: 'Changed', postsAttributes: [{ id: mine.id, title: 'Changed' }, bad] }),
    );
    expect(error).toBeInstanceOf(RecordInvalid);
    expect(await titles()).toEqual(['Mine']);
    expect((await User.find(ada.id)).name).toBe('Ada');
    const again = await User.find(ada.id);
    await errorOf(() =>
      transaction(async () => {
        await again.update({ postsAttributes: [{ id: mine.id, title: 'Changed' }, { title: 'New' }] });
        throw new Error('no');
      }),
    );
    expect(await titles()).toEqual(['Mine']);
    await again.save();
    expect(await titles()).toEqual(['Changed', 'New']);
  });

  describe('one record', () => {
    test('hasOne: made, changed by its key, destroyed', async () => {
      await ada.update({ profileAttributes: { bio: 'One' } });
      const profile = await Profile.sole();
      await (await User.find(ada.id)).update({ profileAttributes: { id: profile.id, bio: 'Two' } });
      expect(await Profile.pluck('bio')).toEqual(['Two']);
      await (await User.find(ada.id)).update({ cardAttributes: { bio: 'Three' } });
      expect(await Profile.pluck('id', 'bio')).toEqual([[profile.id, 'Three']]);
      await (await User.find(ada.id)).update({ profileAttributes: { id: profile.id, destroy: true } });
      expect(await Profile.count()).toBe(0);
    });

    test('of a record that an association builds or creates', async () => {
      const post = await ada.posts.create({ title: 'Made', commentsAttributes: [{ text: 'One' }] });
      expect(await post.comments.pluck('text')).toEqual(['One']);
      const built = ada.posts.build({ title: 'Built', commentsAttributes: [{ text: 'Two' }] });
      await built.save();
      expect(await built.comments.pluck('text')).toEqual(['Two']);
    });

    test('updateOnly makes none', async () => {
      expect(await errorOf(() => ada.update({ cardAttributes: { bio: 'x' } }))).toBeInstanceOf(RecordNotFound);
      const error = await errorBeforeSending(() => assign(eve, { fixedAttributes: [{ text: 'x' }] }));
      expect(error).toBeInstanceOf(InvalidQuery);
      expect(await Profile.count()).toBe(0);
    });

    test('belongsTo: made before, changed, let go of and destroyed after', async () => {
      const draft = await Draft.create({ name: 'x', editorAttributes: { name: 'New' } });
      const editor = await User.findBy({ name: 'New' });
      expect(draft.editorId).toBe(editor?.id);
      const again = await Draft.find(draft.id);
      await again.update({ editorAttributes: { id: editor?.id ?? 0, name: 'Changed' } });
      expect((await User.find(editor?.id ?? 0)).name).toBe('Changed');
      await again.update({ editorAttributes: { id: editor?.id ?? 0, destroy: true } });
      expect(again.editorId).toBeNull();
      expect(await User.findBy({ name: 'Changed' })).toBeNull();
    });
  });

  describe('hostile', () => {
    const refused = async (record: User | Post | Draft, values: object) => {
      const before = await Promise.all([User.order('id').pluck('name'), Post.order('id').pluck('title', 'userId')]);
      const error = await errorOf(async () => {
        assign(record, values);
        await record.save();
      });
      expect(await Promise.all([User.order('id').pluck('name'), Post.order('id').pluck('title', 'userId')])).toEqual(
        before,
      );
      return error;
    };

    test('rows of other owners', async () => {
      for (const attributes of [{ title: 'Stolen' }, { destroy: true }, {}]) {
        const error = await refused(await User.find(ada.id), { postsAttributes: [{ id: hers.id, ...attributes }] });
        expect(error).toBeInstanceOf(RecordNotFound);
        expect(error.message).toContain(`User.posts has no record with the key ${hers.id}`);
      }
      const [loaded] = await User.includes('posts').where({ id: ada.id });
      if (loaded === undefined) throw new Error('not there');
      expect(await refused(loaded, { postsAttributes: [{ id: hers.id, title: 'x' }] })).toBeInstanceOf(RecordNotFound);
    });

    test('rows of another owner, by the key of a new record', async () => {
      const error = await refused(new User({ id: eve.id, name: 'x' }), {
        postsAttributes: [{ id: hers.id, title: 'x' }],
      });
      expect(error).toBeInstanceOf(RecordNotFound);
    });

    test('rows of another owner, by a key of the owner that was assigned', async () => {
      const error = await refused(await User.find(ada.id), {
        id: eve.id,
        postsAttributes: [{ id: hers.id, title: 'x' }],
      });
      expect(error).toBeInstanceOf(RecordNotFound);
    });

    test('the one of another owner, by a key of the owner that was assigned', async () => {
      const { id } = await Profile.create({ bio: 'Hers', userId: eve.id });
      for (const change of [
        { id, bio: 'x' },
        { id, destroy: true },
      ]) {
        const owner = await User.find(ada.id);
        const error = await refused(owner, { id: eve.id, profileAttributes: change });
        expect(error).toBeInstanceOf(RecordNotFound);
        const loaded = await User.find(ada.id);
        loaded.id = eve.id;
        await loaded.profile;
        expect(await refused(loaded, { profileAttributes: change })).toBeInstanceOf(RecordNotFound);
      }
      expect(await Profile.pluck('bio')).toEqual(['Hers']);
    });

    test('what a record belongs to, by a foreign key that was assigned', async () => {
      const values = { userId: eve.id, userAttributes: { id: eve.id, role: 'admin', name: 'x' } };
      expect(await refused(await Post.find(mine.id), values)).toBeInstanceOf(RecordNotFound);
      expect(await refused(new Post({ title: 'x', userId: eve.id }), values)).toBeInstanceOf(RecordNotFound);
      const reversed = { userAttributes: { id: eve.id, name: 'x' }, userId: eve.id };
      expect(await refused(await Post.find(mine.id), reversed)).toBeInstanceOf(RecordNotFound);
    });

    test('a foreign key among the attributes', async () => {
      for (const item of [
        { title: 'x', userId: eve.id },
        { id: mine.id, userId: eve.id },
      ]) {
        const error = await refused(ada, { postsAttributes: [item] });
        expect(error).toBeInstanceOf(InvalidQuery);
        expect(error.message).toContain('Post.userId');
      }
      // As it came with the record when that was read.
      await ada.update({ postsAttributes: [{ id: mine.id, userId: ada.id, title: 'Changed' }] });
      expect(await titles()).toEqual(['Changed']);
    });

    test.each([
      ['{"postsAttributes":[{"__proto__":{"admin":true},"title":"x"}]}'],
      ['{"postsAttributes":[{"constructor":{"prototype":{}},"title":"x"}]}'],
      ['{"postsAttributes":{"0":{"title":"x"}}}'],
      ['{"postsAttributes":"x"}'],
      ['{"postsAttributes":null}'],
      ['{"postsAttributes":[null]}'],
      ['{"postsAttributes":[[{"title":"x"}]]}'],
      ['{"postsAttributes":["x"]}'],
      ['{"postsAttributes":[{"id":{"gt":0},"title":"x"}]}'],
      ['{"postsAttributes":[{"id":[1,2],"title":"x"}]}'],
      ['{"postsAttributes":[{"id":1,"destroy":"true"}]}'],
      ['{"postsAttributes":[{"title":{"sql":"1"}}]}'],
      ['{"postsAttributes":[{},{},{},{},{}]}'],
      ['{"postsAttributes":[{"titel":"x"}]}'],
      ['{"postsAttributes":[{"id":1,"titel":"x"}]}'],
      ['{"postsAttributes":[{"title":"x","save":1}]}'],
      ['{"profileAttributes":[{"bio":"x"}]}'],
      ['{"notesAttributes":[{"id":1,"destroy":true}]}'],
      ['{"secretsAttributes":[{"text":"x"}]}'],
      ['{"nothingAttributes":[{"text":"x"}]}'],
      ['{"Attributes":[{"text":"x"}]}'],
      ['{"__proto__Attributes":[{"text":"x"}]}'],
      ['{"constructorAttributes":[{"text":"x"}]}'],
    ])('%s', async (text) => {
      const error = await errorBeforeSending(() => assign(ada, json(text)));
      expect(['AR_QUERY_INVALID', 'AR_VALUE_INVALID', 'AR_ATTRIBUTE_UNKNOWN']).toContain(error.code);
      expect(await statementsOf(() => ada.save())).toEqual([]);
      expect('admin' in {}).toBe(false);
    });

    test('the errors help', async () => {
      const unknown = await errorBeforeSending(() => assign(ada, { postsAttributes: [{ id: mine.id, titel: 'x' }] }));
      expect(unknown).toBeInstanceOf(UnknownAttribute);
      expect(unknown.message).toContain('"title"');
      const closed = await errorBeforeSending(() => assign(ada, { secretsAttributes: [{ text: 'x' }] }));
      expect(closed.message).toContain('nested: true');
      const many = await errorBeforeSending(() => assign(ada, { postsAttributes: [{}, {}, {}, {}, {}] }));
      expect(many.message).toContain('at most 4');
    });

    test('a record is no object of attributes', async () => {
      const error = await errorBeforeSending(() => assign(ada, { postsAttributes: [hers] }));
      expect(error).toBeInstanceOf(InvalidQuery);
    });
  });
});
