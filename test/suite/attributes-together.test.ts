import { BaseModel, column, type Defaults, InvalidDefinition, InvalidQuery, untrusted } from 'active-record-ts';
import { describe, expect, it } from 'vitest';
import { describeModels, emptyBeforeEach, errorBeforeSending, errorOf, statementsOf } from '../support/models.ts';

// Virtual attributes, keys of JSON and defaults, where they meet callbacks, concerns, inheritance, aliases and serialization.

const heard: string[] = [];

abstract class Sluggable extends BaseModel.with({
  title: column.string(),
  slug: column.string(),
  looks: column.json<{ theme: string; size?: number }>().default({ theme: 'light' }),
  theme: column.store('looks', 'theme'),
  draft: column.boolean().default(false).virtual(),
  heading: column.alias('title'),
}) {
  static defaults = {
    slug: (page) => page.title.toLowerCase(),
  } satisfies Defaults<typeof Sluggable>;
}
/** A getter of its own around what has no column. */
abstract class Loud extends BaseModel.with({ shout: column.string().nullable().virtual() }) {
  override get shout(): string | null {
    return super.shout?.toUpperCase() ?? null;
  }
  override set shout(text: string | null) {
    super.shout = text;
  }
}

class Page extends BaseModel.use(Sluggable, Loud).with({
  id: column.id(),
  type: column.string().nullable(),
  lockVersion: column.lockVersion(),
  token: column.string(),
  note: column
    .string()
    .nullable()
    .normalize((note) => note.trim())
    .virtual(),
  remark: column.alias('note'),
  secret: column.string().nullable().sensitive().virtual(),
  hint: column.string().nullable().virtual(),
}) {
  static defaults = { token: () => `token ${heard.push('token')}` } satisfies Defaults<typeof Page>;
  static hidden = ['hint', 'token'];
  override afterInitialize() {
    heard.push(`initialized ${this.slug}`);
  }
  override beforeValidation() {
    heard.push(`validation ${this.slug}`);
  }
  override beforeSave() {
    heard.push(`save ${this.changed.join()}`);
  }
}
class Essay extends Page.with({ words: column.integer(), mood: column.integer().nullable().virtual() }) {
  static defaults = { words: (essay) => essay.title.length } satisfies Defaults<typeof Essay>;
}
class Poem extends Page.with({ mood: column.string().default('sad').virtual() }) {}
class Typed extends Page {
  static override defaults = { type: () => 'x' } as unknown as typeof Page.defaults;
}

describeModels('attributes without a column', [Page, Essay], () => {
  emptyBeforeEach('pages');
  const make = () => Page.create({ title: 'Hello' });

  it('callbacks see the defaults', async () => {
    heard.length = 0;
    await make();
    expect(heard).toEqual(['token', 'initialized hello', 'validation hello', expect.stringMatching(/^save /)]);
  });

  it('defaults that were asked too early are there before beforeValidation', async () => {
    const page = new Page();
    page.title = 'Later';
    heard.length = 0;
    await page.save();
    expect(heard[0]).toBe('validation later');
  });

  it('defaults are there where validations are left out', async () => {
    const page = new Page();
    page.title = 'Later';
    await page.save({ validate: false });
    expect((await page.reload()).slug).toBe('later');
  });

  it('two saves of a new record at once fill in the defaults once', async () => {
    const page = new Page();
    page.title = 'Later';
    await Promise.all([page.save(), page.save()]);
    expect([page.slug, await Page.count()]).toEqual(['later', 1]);
  });

  it('a change of what has no column runs callbacks and sends nothing', async () => {
    const page = await make();
    heard.length = 0;
    const sent = await statementsOf(() => page.update({ draft: true, note: ' x ' }));
    expect(sent.filter((each) => /pages/.test(each))).toEqual([]);
    expect(heard).toContain('save draft,note');
    expect([page.changed, page.previousChanges, page.lockVersion]).toEqual([
      [],
      { draft: [false, true], note: [null, 'x'] },
      0,
    ]);
  });

  it('stand in the changes of a save that counts the version up', async () => {
    const page = await make();
    await page.update({ title: 'New', draft: true });
    expect(page.previousChanges).toMatchObject({ title: ['Hello', 'New'], draft: [false, true], lockVersion: [0, 1] });
  });

  it('normalize stands in front of virtual, readonly does not', async () => {
    expect(new Page({ note: ' x ' }).note).toBe('x');
    const error = await errorOf(() => column.string().readonly().virtual());
    expect(error).toBeInstanceOf(InvalidDefinition);
    expect(error.message).toMatch(/"readOnly"/);
  });

  it('a key of a normalized JSON attribute is normalized with its object only', () => {
    class Box extends BaseModel.with({
      id: column.id(),
      data: column
        .json<{ a?: string; n?: number }>()
        .normalize((data) => ({ ...data, n: 1 }))
        .default({}),
      a: column.store('data', 'a'),
    }) {}
    const box = new Box({ a: 'x' });
    expect([box.a, box.data]).toEqual(['x', { a: 'x', n: 1 }]);
  });

  it('a virtual attribute has aliases', async () => {
    const page = new Page({ remark: ' x ' });
    page.remark = `${page.note} y`;
    expect([page.note, page.hasChanged('remark'), page.changed.includes('remark')]).toEqual(['x y', true, false]);
    const error = await errorBeforeSending(() => Page.where({ remark: 'x' } as never).first());
    expect(error).toBeInstanceOf(InvalidQuery);
    expect(error.message).toMatch(/Page\.note is virtual/);
  });

  it.each([
    [{ a: column.json(), b: column.store('a', 'x'), c: column.alias('b') }, "Write|c: column.store('a', 'x')"],
    [{ a: column.json(), c: column.alias('a'), b: column.store('c', 'x') }, "column.store('a', 'x')"],
    [{ a: column.string(), c: column.alias('a'), ...{ b: column.alias('c') } }, "column.alias('a')"],
  ])('definition %# is refused', async (definition, hint) => {
    class Odd extends BaseModel.with({ id: column.id() }) {}
    const error = await errorOf(() => new (class extends Odd.with(definition as object) {})());
    expect(error).toBeInstanceOf(InvalidDefinition);
    expect(`${error.hint}`).toContain(hint.split('|').at(-1));
  });

  it('have no name that an alias above has, nor an alias theirs', async () => {
    for (const definition of [{ heading: column.string().virtual() }, { draft: column.alias('title') }])
      expect((await errorOf(() => Page.with(definition as object))).code).toBe('AR_DEFINITION_INVALID');
  });

  describe('of a concern', () => {
    it('are those of the model, with its defaults', async () => {
      const page = await new Page({ heading: 'Hello', theme: 'dark', draft: true }).save();
      expect([page.title, page.slug, page.theme, page.draft]).toEqual(['Hello', 'hello', 'dark', true]);
    });

    it('may have a getter around them', () => expect(new Page({ shout: 'hey' }).shout).toBe('HEY'));

    it('are declared once', async () => {
      const again = { draft: column.boolean().virtual() };
      expect((await errorOf(() => BaseModel.use(Sluggable).with(again))).message).toMatch(/"draft" is declared by/);
      abstract class Other extends BaseModel.with({ theme: column.string().virtual() }) {}
      expect((await errorOf(() => BaseModel.use(Sluggable, Other))).message).toMatch(/"theme" is declared by/);
    });
  });

  describe('in a family of classes', () => {
    it('are inherited, with defaults', async () => {
      const essay = await Essay.create({ title: 'Essay', note: ' n ', theme: 'dark' });
      expect([essay.slug, essay.words, essay.note, essay.theme]).toEqual(['essay', 5, 'n', 'dark']);
      const found = await Page.find(essay.id);
      expect([found.constructor.name, found.theme, found.note]).toEqual(['Essay', 'dark', null]);
    });

    it('the type of a row has no default', async () => {
      expect((await errorOf(() => new Typed())).message).toMatch(/tells which class a row is of/);
    });

    it('becomes shares those of one name and kind', async () => {
      const page = await make();
      page.draft = true;
      const essay = page.becomes(Essay);
      expect(essay.draft).toBe(true);
      essay.note = 'x';
      expect(page.note).toBe('x');
      essay.mood = 3;
      expect(essay.becomes(Poem).mood).toBe('sad');
    });

    it('becomes asks the defaults that the own class has not', () => {
      const page = new Page({ title: 'Hello' });
      const { token } = page;
      const essay = page.becomes(Essay, { changeType: true });
      expect([essay.token, essay.words]).toEqual([token, 5]);
    });
  });

  it('dup copies them', async () => {
    const page = (await make()).assign({ draft: true, note: 'n', theme: 'dark' });
    const copy = page.dup();
    expect([copy.draft, copy.note, copy.theme, copy.slug, copy.token]).toEqual([
      true,
      'n',
      'dark',
      'hello',
      page.token,
    ]);
    copy.theme = 'blue';
    expect(page.theme).toBe('dark');
  });

  it('lock refuses to lose them', async () => {
    const page = await make();
    page.draft = true;
    expect((await errorBeforeSending(() => page.withLock(() => undefined))).message).toMatch(/not saved \(draft\)/);
  });

  it('cannot be assigned to a frozen record', async () => {
    const page = (await make()).freeze();
    for (const values of [{ draft: true }, { theme: 'x' }])
      expect((await errorOf(() => page.assign(values))).code).toBe('AR_RECORD_FROZEN');
  });

  describe('in JSON', () => {
    const page = new Page({ title: 'Hello', note: 'n', secret: 's', hint: 'h' });

    it('are shown unless sensitive or hidden', () => {
      const json = page.toJSON();
      expect(json).toMatchObject({ note: 'n', draft: false, looks: { theme: 'light' } });
      for (const name of ['secret', 'hint', 'token', 'theme', 'remark', 'heading'])
        expect(json).not.toHaveProperty(name);
    });

    it('are named in only and except, keys of JSON and aliases too', () => {
      expect(page.toJSON({ only: ['theme', 'note', 'heading', 'hint', 'secret'] })).toEqual({
        theme: 'light',
        note: 'n',
        heading: 'Hello',
        hint: 'h',
      });
      const json = page.toJSON({ except: ['remark', 'theme', 'looks'] });
      expect(json).toMatchObject({ draft: false });
      for (const name of ['note', 'looks']) expect(json).not.toHaveProperty(name);
    });

    it('a class hides an attribute by its alias too', () => {
      class Shy extends BaseModel.with({ id: column.id(), email: column.string(), login: column.alias('email') }) {
        static hidden = ['login'];
      }
      expect(new Shy({ email: 'x' }).toJSON()).toEqual({ id: null });
    });
  });

  describe('in a body from outside', () => {
    it('are permitted by name, and cast', () => {
      const body = untrusted({ draft: '1', note: ' n ', theme: 'dark', remark: 'r', slug: 'no' });
      expect(Page.permit(body, ['draft', 'note', 'theme'])).toEqual({ draft: true, note: 'n', theme: 'dark' });
      expect(Page.permit({ theme: null, note: null }, ['theme', 'note'])).toEqual({ theme: null, note: null });
    });

    it('are refused where they do not fit', async () => {
      const error = await errorOf(() => Page.permit({ draft: 'perhaps' }, ['draft']));
      expect([error.code, error.message]).toEqual(['AR_VALUE_INVALID', expect.stringMatching(/Page\.draft/)]);
    });
  });
});
