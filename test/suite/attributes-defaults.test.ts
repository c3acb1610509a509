import { BaseModel, belongsTo, column, type Defaults, hasMany, InvalidDefinition, transaction } from 'active-record-ts';
import { expect, it } from 'vitest';
import { describeModels, emptyBeforeEach, errorBeforeSending, errorOf, statementsOf } from '../support/models.ts';

let asked: string[] = [];

class Author extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  get posts() {
    return hasMany(Post);
  },
}) {}

class Post extends BaseModel.with({
  id: column.id(),
  title: column.string().nullable(),
  slug: column.string(),
  label: column.string().default('none'),
  price: column.integer().default(0),
  total: column.integer().nullable(),
  stamp: column.datetime().nullable(),
  note: column.string().nullable().virtual(),
  authorId: column.references('authors').nullable(),
  get author() {
    return belongsTo(Author, { optional: true });
  },
}) {
  prefix = 'p';
  static defaults = {
    slug: (post) => {
      asked.push('slug');
      return post.title?.toLowerCase();
    },
    label: (post) => (post.slug === null ? undefined : `<${post.slug}>`),
    total: (post) => (post.authorId ?? 0) + post.price,
    note: (post) => `note ${String(post.title)}`,
  } satisfies Defaults<typeof Post>;
}

function postWith(defaults: Defaults<typeof Post>) {
  return class Post2 extends Post {
    static override tableName = 'posts';
    static override defaults = defaults as typeof Post.defaults;
  };
}

describeModels('defaults from other attributes', [Author, Post], () => {
  emptyBeforeEach('posts', 'authors');

  it('are asked once what was given is assigned, in their order', () => {
    asked = [];
    const post = new Post({ title: 'One', price: 3, authorId: 4 });
    expect(post.attributes).toMatchObject({ slug: 'one', label: '<one>', total: 7, note: 'note One' });
    expect(asked).toEqual(['slug']);
  });

  it('are no changes, as other defaults are none', () => {
    expect(new Post({ title: 'One', authorId: 1 }).changed).toEqual(['title', 'authorId']);
  });

  it('never replace what was given, null neither', async () => {
    const post = new Post({ title: 'One', slug: 'mine', total: null });
    expect([post.slug, post.label, post.total]).toEqual(['mine', '<mine>', null]);
    await post.save();
    expect((await Post.find(post.id)).total).toBeNull();
  });

  it('are asked again by the save where they gave nothing', async () => {
    const post = new Post();
    expect([post.slug, post.label]).toEqual([null, 'none']);
    post.title = 'Two';
    await post.save();
    expect((await Post.find(post.id)).attributes).toMatchObject({ slug: 'two', label: '<two>' });
  });

  it('are asked again by the save where what they looked at was not there', async () => {
    const post = new Post({ title: 'x', price: 2 });
    expect(post.total).toBe(2);
    const author = await Author.create({ name: 'Ada' });
    post.authorId = author.id;
    await post.save();
    expect((await Post.find(post.id)).total).toBe(author.id + 2);
  });

  it('are not asked again where they were settled', async () => {
    const post = new Post({ title: 'One', authorId: null });
    post.title = 'Two';
    await post.save();
    expect((await Post.find(post.id)).slug).toBe('one');
  });

  it('leave alone what was assigned in between, null too', async () => {
    const post = new Post({ title: 'x', price: 2 });
    post.total = null;
    post.label = 'mine';
    await post.save();
    expect((await Post.find(post.id)).attributes).toMatchObject({ total: null, label: 'mine' });
  });

  it('are not asked about records that have a row', async () => {
    const { id } = await Post.create({ title: 'x' });
    const post = await Post.find(id);
    asked = [];
    await post.update({ total: null, title: 'y' });
    expect([asked, post.slug, post.total]).toEqual([[], 'x', null]);
  });

  it('are filled in before validations, also of isValid', async () => {
    const seen: unknown[] = [];
    class Checked extends Post {
      static override tableName = 'posts';
      static validations = { slug: (slug: unknown) => void seen.push(slug) };
    }
    const post = new Checked();
    post.title = 'Two';
    await post.isValid();
    expect([seen, post.slug]).toEqual([['two'], 'two']);
  });

  it('are filled in by a save without validations', async () => {
    const post = new Post();
    post.title = 'Two';
    await post.save({ validate: false });
    expect(post.slug).toBe('two');
  });

  it('are asked by each attempt until there is a row', async () => {
    const post = new Post();
    await expect(post.save()).rejects.toThrow("Slug can't be blank");
    post.title = 'Three';
    await post.save();
    expect(post.slug).toBe('three');
  });

  it('see the keys of records that are saved before', async () => {
    const author = new Author({ name: 'Ada' });
    const post = await Post.create({ title: 'x', author });
    expect(post.total).toBe(author.id);
    const [built] = [author.posts.build({ title: 'y' })];
    await author.save();
    expect(built.total).toBe(author.id);
  });

  it('put an error off to the save, which may be without it', async () => {
    const Careless = postWith({ slug: (post) => `${post.prefix.toUpperCase()}-${post.title?.trim().at(0)}` });
    const post = new Careless({ title: 'one' });
    await post.save();
    expect(post.slug).toBe('P-o');
    const Wrong = postWith({
      slug: () => {
        throw new RangeError('never');
      },
    });
    const wrong = new Wrong({ title: 'x' });
    expect((await errorBeforeSending(() => wrong.save())) as Error).toBeInstanceOf(RangeError);
  });

  it('can use private members of the class', async () => {
    class Private extends Post {
      static override tableName = 'posts';
      static override defaults = {
        slug: (post: Post) => (post as Private).secret(),
      } as unknown as typeof Post.defaults;
      #secret = 'hush';
      secret() {
        return this.#secret;
      }
    }
    expect((await Private.create({ title: 'x' })).slug).toBe('hush');
  });

  it('refuse a promise, and do not leave it alone', async () => {
    const Async = postWith({ slug: (async () => Promise.reject(new Error('lost'))) as never });
    const error = await errorOf(() => new Async());
    expect([error.code, error.message]).toEqual([
      'AR_DEFINITION_INVALID',
      expect.stringMatching(/The default of Post2\.slug gives a promise/),
    ]);
  });

  it('refuse what does not fit, at the latest by the save', async () => {
    const Odd = postWith({ total: () => 'many' as never });
    expect((await errorBeforeSending(() => Odd.create({ title: 'x', slug: 'x' }))).message).toMatch(
      /Post2\.total takes/,
    );
  });

  it.each([
    ['an unknown name', { slugg: () => 'x' }, /"slugg", which is no attribute. Did you mean "slug"/],
    ['what is no function', { slug: 'x' }, /not a function/],
    ['a list', [], /are no object/],
  ])('refuse %s', (_, defaults, message) => {
    const Odd = postWith(defaults as never);
    expect(() => new Odd()).toThrow(InvalidDefinition);
    expect(() => new Odd()).toThrow(message);
  });

  it('are inherited, may be replaced, and taken back', () => {
    const Sub = postWith({ label: (post) => `[${post.title}]`, note: undefined as never });
    const sub = new Sub({ title: 'One' });
    expect([sub.slug, sub.label, sub.note]).toEqual(['one', '[One]', null]);
  });

  it('go into the INSERT, and are there for each new record', async () => {
    const sent = await statementsOf(() => Post.create({ title: 'x' }));
    expect(sent).toHaveLength(1);
    expect(await Post.pluck('slug')).toEqual(['x']);
  });

  it('stay after a rollback, and are asked again', async () => {
    const post = new Post({ price: 1 });
    post.title = 'One';
    await expect(
      transaction(async () => {
        await post.save();
        throw new Error('back');
      }),
    ).rejects.toThrow('back');
    expect([post.isNewRecord, post.slug]).toEqual([true, 'one']);
    await post.save();
    expect((await Post.find(post.id)).slug).toBe('one');
  });

  it('are not asked by insertAll', async () => {
    asked = [];
    await Post.insertAll([{ title: 'x', slug: 'y' }]);
    expect(asked).toEqual([]);
    expect((await Post.firstOrFail()).label).toBe('none');
  });
});
