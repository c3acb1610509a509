import {
  BaseModel,
  belongsTo,
  column,
  createAll,
  dropAll,
  hasMany,
  InvalidDefinition,
  polymorphic,
  type Query,
  RecordInvalid,
  type Validations,
} from 'active-record-ts';
import { describe, expect, it } from 'vitest';
import { concernMethods, concernsOf } from '../../lib/model/concerns/concerns.ts';
import { asModel } from '../../lib/model/model-class.ts';
import { describeModels, emptyBeforeEach, errorOf, statementsOf } from '../support/models.ts';

abstract class Sluggable extends BaseModel.with({ slug: column.string().default('') }) {
  static scopes = { slugged: (records: Query<typeof Sluggable>, slug: string) => records.where({ slug }) };
  static validations = { slug: { length: { max: 8 } } } satisfies Validations<typeof Sluggable>;
  static hidden: readonly string[] = ['slug'];
  static settings: Readonly<Record<string, number>> = { width: 1, height: 1 };
  static label() {
    return `slugs of ${this.name}`;
  }
  toParam() {
    return `param ${this.slug}`;
  }
  get shout() {
    return this.slug.toUpperCase();
  }
  set shout(text: string) {
    this.slug = text.toLowerCase();
  }
  override toJSON(): Record<string, unknown> {
    return { ...super.toJSON(), param: this.toParam() };
  }
}
abstract class Rated extends BaseModel.with({
  stars: column.integer().default(3),
  size: column.enum(['small', 'large'], { scopes: true }).default('small'),
}) {
  static scopes = { good: (records: Query<typeof Rated>) => records.where({ stars: [4, 5] }) };
  static hidden: readonly string[] = ['stars'];
  static settings: Readonly<Record<string, number>> = { height: 2 };
  static defaultScope = (records: Query<typeof Rated>) => records.whereNot({ stars: 0 });
  toParam() {
    return `rated ${this.stars}`;
  }
}
abstract class Annotated extends BaseModel.use(Sluggable).with({
  get notes() {
    return hasMany(Note, { as: 'subject', dependent: 'destroy' });
  },
}) {
  async noteTexts() {
    return (await this.notes.order('id')).map((note) => note.body);
  }
}
/** A getter of its own around an attribute. */
abstract class Titled extends BaseModel.with({ title: column.string().default('none') }) {
  override get title(): string {
    return `<${super.title}>`;
  }
  override set title(title: string) {
    super.title = title;
  }
}
abstract class Visible extends BaseModel.with({ hidden: column.boolean().default(false) }) {
  static defaultScope = (records: Query<typeof Visible>) => records.where({ hidden: false });
}

abstract class ApplicationRecord extends BaseModel {
  static scopes = { newestFirst: (records: Query<typeof BaseModel>) => records.order('id' as never, 'desc') };
  toParam() {
    return 'application';
  }
}

class Author extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  get posts() {
    return hasMany(Post, { dependent: 'destroy' });
  },
}) {}
class Post extends ApplicationRecord.use(Annotated, Rated, Visible, Annotated).with({
  id: column.id(),
  body: column.string(),
  authorId: column.references('authors').nullable(),
  get author() {
    return belongsTo(Author, { optional: true });
  },
}) {
  static override scopes = { saying: (posts: Query<typeof Post>, body: string) => posts.where({ body }) };
  static validations = { body: { presence: true } } satisfies Validations<typeof Post>;
}
class Note extends BaseModel.with({
  id: column.id(),
  body: column.string(),
  subjectId: column.integer(),
  subjectType: column.string(),
  get subject() {
    return belongsTo(polymorphic([Post, Page]));
  },
}) {}
class Page extends BaseModel.with({
  id: column.id(),
  get notes() {
    return hasMany(Note, { as: 'subject' });
  },
}).use(Titled, Sluggable) {
  override toParam() {
    return `page, ${super.toParam()}`;
  }
}
class Special extends Post.with({ price: column.integer().nullable() }) {
  static override scopes = { ...Post.scopes, dear: (posts: Query<typeof Special>) => posts.where({ price: 100 }) };
}

describeModels('concerns', [Author, Special, Note, Page], () => {
  emptyBeforeEach('notes', 'posts', 'pages', 'authors');

  describe('give a model', () => {
    it('their columns', async () => {
      const post = await Post.create({ body: 'x', slug: 'a', stars: 5 });
      expect(await Post.where({ slug: 'a', stars: 5 }).pluck('id', 'slug', 'stars', 'hidden')).toEqual([
        [post.id, 'a', 5, false],
      ]);
    });

    it('their associations', async () => {
      const post = await Post.create({ body: 'x' });
      await post.notes.create({ body: 'one' });
      await post.notes.create({ body: 'two' });
      expect(await post.noteTexts()).toEqual(['one', 'two']);
      const included = await Post.includes('notes').first();
      expect(included?.notes.map(({ body }) => body)).toEqual(['one', 'two']);
      expect(await Note.pluck('subjectType')).toEqual(['post', 'post']);
      await post.destroy();
      expect(await Note.count()).toBe(0);
    });

    it('their methods, getters and setters', async () => {
      const page = await Page.create({ slug: 'abc' });
      expect(page.shout).toBe('ABC');
      page.shout = 'XYZ';
      expect(page.changes).toEqual({ slug: ['abc', 'xyz'] });
    });

    it('setters that attributes are assigned by', () => {
      expect(Reflect.construct(Page, [{ shout: 'LOUD' }])).toMatchObject({ slug: 'loud' });
    });

    it('getters around their attributes', async () => {
      const page = await Page.create({ title: 'x' });
      expect((await Page.find(page.id)).title).toBe('<x>');
      expect(await Page.pluck('title')).toEqual(['x']);
    });

    it('their scopes, on relations, on associations, and below', async () => {
      const author = await Author.create('Ada');
      await author.posts.create({ body: 'x', slug: 'a', stars: 5 });
      await author.posts.create({ body: 'y', slug: 'a', stars: 2 });
      await Special.create({ body: 'z', slug: 'a', stars: 4, price: 100 });
      expect(await author.posts.slugged('a').good().saying('x').pluck('body')).toEqual(['x']);
      expect(await Post.all().good().newestFirst().pluck('body')).toEqual(['z', 'x']);
      expect(await Special.all().dear().good().pluck('body')).toEqual(['z']);
      expect(await Author.whereHas('posts', (posts) => posts.good()).pluck('name')).toEqual(['Ada']);
    });

    it('their validations', async () => {
      const error = await errorOf(() => Post.create({ body: '', slug: 'much too long' }));
      expect(error).toBeInstanceOf(RecordInvalid);
      expect(error.errors).toMatchObject({});
      expect((error as unknown as RecordInvalid).errors.toJSON()).toEqual({
        slug: ['is too long (at most 8 characters)'],
        body: ["can't be blank"],
      });
    });

    it('their default scopes, one after the other', async () => {
      await Post.create({ body: 'shown', stars: 1 });
      await Post.create({ body: 'hidden', stars: 1, hidden: true });
      await Post.create({ body: 'bad', stars: 0 });
      expect(await Post.pluck('body')).toEqual(['shown']);
      expect(await Post.unscoped().count()).toBe(3);
      const [statement] = await statementsOf(() => Post.count());
      expect(statement).toMatch(/WHERE NOT .*stars.* AND .*hidden/);
    });

    it('their enum scopes and predicates', async () => {
      const post = await Post.create({ body: 'x', size: 'large' });
      expect([post.isLarge(), post.isSmall()]).toEqual([true, false]);
      expect(await Post.all().large().count()).toBe(1);
    });

    it('their statics', () => {
      expect(Post.label()).toBe('slugs of Post');
    });
  });

  describe('win and lose', () => {
    it('a later concern over an earlier one, and over the class above', async () => {
      expect((await Post.create({ body: 'x' })).toParam()).toBe('rated 3');
    });

    it('the model over its concerns, which it reaches by super', async () => {
      expect((await Page.create({ slug: 'a' })).toParam()).toBe('page, param a');
    });

    it('lists and objects are put together', () => {
      expect(Reflect.get(Post, 'hidden')).toEqual(['slug', 'stars']);
      expect(Reflect.get(Post, 'settings')).toEqual({ width: 1, height: 2 });
      expect(Sluggable.hidden).toEqual(['slug']);
    });

    it('super in a concern leads to its own parents', async () => {
      expect(JSON.parse(JSON.stringify(await Page.create({ slug: 'a' })))).toMatchObject({
        param: 'page, param a',
      });
    });
  });

  it('leave the table and the names of the model alone', async () => {
    expect([Post.tableName, Page.tableName, Special.tableName]).toEqual(['posts', 'pages', 'posts']);
    expect(Special.name).toBe('Special');
  });

  it('work with other names of columns', async () => {
    class Preserved extends BaseModel.use(Titled, Visible).with({ id: column.id(), visibleTo: column.string() }) {
      static override naming = 'preserve';
    }
    await createAll([Preserved]);
    const record = await Preserved.create({ title: 'x', visibleTo: 'all' });
    expect((await record.reload()).title).toBe('<x>');
    await dropAll([Preserved]);
  });
});

describe('concerns', () => {
  it('are known to the class, once each, in order', () => {
    expect([
      Post.uses(Sluggable),
      Post.uses(Rated),
      Post.uses(Titled),
      Special.uses(Rated),
      BaseModel.uses(Rated),
    ]).toEqual([true, true, false, true, false]);
    const line: object[] = [];
    for (let each: object = Special; each !== BaseModel; each = Object.getPrototypeOf(each)) line.unshift(each);
    expect(line.flatMap((each) => concernsOf(asModel(each)))).toEqual([Sluggable, Annotated, Rated, Visible]);
  });

  it('are found however they come', () => {
    class Direct extends Sluggable.with({ id: column.id() }) {}
    expect(Direct.uses(Sluggable)).toBe(true);
    class Again extends Post.use(Sluggable) {}
    expect(Object.keys(Again.definition)).toEqual(Object.keys(Post.definition));
  });

  it('keep methods that callbacks call by name to themselves, and tell of them', () => {
    const ran: string[] = [];
    abstract class One extends BaseModel.with({ one: column.integer() }) {
      override beforeSave() {
        ran.push('one');
      }
    }
    abstract class Two extends BaseModel.use(One) {
      override beforeSave() {
        ran.push('two');
      }
      notCopied() {}
    }
    class Both extends BaseModel.use(Two) {}
    expect(Reflect.get(Both.prototype, 'beforeSave')).toBe(Reflect.get(BaseModel.prototype, 'beforeSave'));
    expect(Object.hasOwn(Both.prototype, 'notCopied') || 'notCopied' in Both.prototype).toBe(true);
    const line: object[] = [];
    for (let each: object = Both; each !== BaseModel; each = Object.getPrototypeOf(each)) line.unshift(each);
    for (const each of line)
      for (const method of concernMethods(asModel(each), 'beforeSave')) Reflect.apply(method, {}, []);
    expect(ran).toEqual(['one', 'two']);
  });

  const refused: readonly (readonly [string, () => unknown, string])[] = [
    ['nothing', () => BaseModel.use(), 'use was given no concern.'],
    [
      'undefined',
      () => Reflect.apply(BaseModel.use, BaseModel, [undefined]),
      'use was given undefined in place of a concern.',
    ],
    [
      'another class',
      () => Reflect.apply(BaseModel.use, BaseModel, [Date]),
      'use takes concerns: classes that extend BaseModel.',
    ],
    [
      'an object',
      () => Reflect.apply(BaseModel.use, BaseModel, [{}]),
      'use takes concerns: classes that extend BaseModel.',
    ],
    ['BaseModel', () => BaseModel.use(BaseModel), 'use takes concerns: classes that extend BaseModel.'],
    [
      'a concern with a field',
      () => {
        abstract class Fielded extends BaseModel {
          count = 0;
        }
        return BaseModel.use(Fielded);
      },
      'The concern Fielded has a field, "count", which models would not get.',
    ],
    [
      'a concern with a private field',
      () => {
        abstract class Secretive extends BaseModel {
          #count = 0;
          more() {
            this.#count += 1;
            return this.#count;
          }
        }
        return BaseModel.use(Secretive);
      },
      'The concern Secretive has private members (#…), which models would not get.',
    ],
    [
      'a concern with a private method',
      () => {
        abstract class Secretive2 extends BaseModel {
          #more() {
            return 1;
          }
          more() {
            return this.#more();
          }
        }
        return BaseModel.use(Secretive2);
      },
      'The concern Secretive2 has private members (#…), which models would not get.',
    ],
    [
      'a concern whose constructor throws',
      () => {
        abstract class Throwing extends BaseModel {
          constructor(...given: [object?]) {
            super(...given);
            throw new Error('no');
          }
        }
        return BaseModel.use(Throwing);
      },
      'The constructor of the concern Throwing threw: Error: no.',
    ],
    [
      'two concerns with one attribute',
      () => {
        abstract class Slugged extends BaseModel.with({ slug: column.text() }) {}
        return BaseModel.use(Sluggable, Slugged);
      },
      'The attribute "slug" is declared by the concern Sluggable and by Slugged.',
    ],
    [
      'a model with an attribute of its concern',
      () => BaseModel.use(Sluggable).with({ slug: column.text() }),
      'The attribute "slug" is declared by the concern Sluggable and by the model.',
    ],
    [
      'a concern with an attribute of the model',
      () => BaseModel.with({ id: column.id(), slug: column.text() }).use(Sluggable),
      'The attribute "slug" is declared by BaseModel and by Sluggable.',
    ],
    [
      'an association that a concern has',
      () =>
        BaseModel.use(Annotated).with({
          get notes() {
            return hasMany(Note);
          },
        }),
      'The association "notes" has the name of an association that BaseModel declares.',
    ],
  ];
  it.each(refused)('refuse %s', async (_, run, message) => {
    const error = await errorOf(run);
    expect(error).toBeInstanceOf(InvalidDefinition);
    expect(error.code).toBe('AR_DEFINITION_INVALID');
    expect(error.message).toContain(message);
  });

  it('may be declared anew below the model', () => {
    class Below extends Post.with({ slug: column.text() }) {}
    expect(Object.keys(Below.definition)).toContain('slug');
  });

  it('may say the types of what the model has', () => {
    abstract class Needs extends BaseModel {
      declare name: string;
      greeting() {
        return `Hi ${this.name}`;
      }
    }
    class Person extends BaseModel.with({ id: column.id(), name: column.string() }).use(Needs) {}
    expect(new Person({ name: 'Ada' }).greeting()).toBe('Hi Ada');
  });
});
