/** Many to many by a table without a model: its rows are written directly. */
import { describe, expect, test } from 'vitest';
import {
  BaseModel,
  column,
  connections,
  createAll,
  dropAll,
  hasAndBelongsToMany,
  sql,
  transaction,
} from '../../lib/index.ts';
import { describeModels, emptyBeforeEach, errorBeforeSending, errorOf, statementsOf } from '../support/models.ts';

class Article extends BaseModel.with({
  id: column.id(),
  title: column.string(10),
  get labels() {
    return hasAndBelongsToMany(Label);
  },
}) {}
class Label extends BaseModel.with({
  id: column.id(),
  name: column.string(10),
  get articles() {
    return hasAndBelongsToMany(Article);
  },
}) {}
/** Keys of another type, and of another name. */
class Asset extends BaseModel.with({
  id: column.uuid().primaryKey(),
  get codes() {
    return hasAndBelongsToMany(Code, { joinTable: 'asset_codes', foreignKey: 'ownerId', targetKey: 'codeRef' });
  },
}) {}
class Code extends BaseModel.with({ code: column.string(20).primaryKey() }) {}
class Friend extends BaseModel.with({
  id: column.id(),
  name: column.string(10),
  get following() {
    return hasAndBelongsToMany(Friend, { joinTable: 'follows', foreignKey: 'followerId', targetKey: 'followedId' });
  },
  get followers() {
    return hasAndBelongsToMany(Friend, { joinTable: 'follows', foreignKey: 'followedId', targetKey: 'followerId' });
  },
}) {}

const models = [Article, Label, Asset, Code, Friend];

describeModels('hasAndBelongsToMany', models, () => {
  emptyBeforeEach('articles_labels', 'articles', 'labels', 'asset_codes', 'assets', 'codes', 'follows', 'friends');
  const rows = () =>
    connections.get().query(sql`SELECT article_id, label_id FROM articles_labels ORDER BY article_id, label_id`);
  const labels = async (...names: string[]) => {
    const made: Label[] = [];
    for (const name of names) made.push(await Label.create({ name }));
    return made as [Label, Label, Label];
  };
  const namesOf = async (article: Article) => (await article.labels.reload()).map((each) => each.name).sort();

  describe('its table', () => {
    test('is made with its models: both keys, unique together, and gone with their rows', async () => {
      const [a] = await labels('a');
      const article = await Article.create({ title: 'x', labels: [a] });
      const insert = (one: unknown, two: unknown) => () =>
        connections.get().execute(sql`INSERT INTO articles_labels (article_id, label_id) VALUES (${one}, ${two})`);
      expect((await errorOf(insert(article.id, a.id))).code).toBe('AR_NOT_UNIQUE');
      expect((await errorOf(insert(article.id, 999))).code).toBe('AR_FOREIGN_KEY');
      expect((await errorOf(insert(null, a.id))).code).toBe('AR_NOT_NULL');
      await Label.where({ id: a.id }).deleteAll();
      expect(await rows()).toEqual([]);
      expect(await statementsOf(() => createAll(models))).not.toContainEqual(expect.stringContaining('CREATE'));
    });

    test('is dropped with them, and made only for both', async () => {
      const tables = () => connections.get().introspect((introspection, driver) => introspection.tables(driver));
      await dropAll(models);
      expect(await tables()).toEqual([]);
      await createAll([Article]);
      expect(await tables()).toEqual(['articles']);
      await createAll(models.toReversed());
      expect((await tables()).toSorted()).toEqual([
        'articles',
        'articles_labels',
        'asset_codes',
        'assets',
        'codes',
        'follows',
        'friends',
        'labels',
      ]);
    });
  });

  test('add, remove, set and clear', async () => {
    const [a, b, c] = await labels('a', 'b', 'c');
    const article = await Article.create({ title: 'x' });
    const other = await Article.create({ title: 'y', labels: [a] });
    expect((await statementsOf(() => article.labels.add(a, b, a))).length).toBe(4);
    await article.labels;
    await article.labels.add(b, new Label({ name: 'd' }));
    expect((await article.labels).map((each) => each.name)).toEqual(['a', 'b', 'd']);
    expect(await namesOf(article)).toEqual(['a', 'b', 'd']);
    await article.labels.remove(a, c);
    expect((await article.labels).map((each) => each.name)).toEqual(['b', 'd']);
    await article.labels.set([c, b]);
    expect(await namesOf(article)).toEqual(['b', 'c']);
    await article.labels.setIds([a.id]);
    expect(await namesOf(article)).toEqual(['a']);
    await article.labels.clear();
    expect(await article.labels).toEqual([]);
    expect(await rows()).toEqual([{ article_id: other.id, label_id: a.id }]);
    expect(await Label.count()).toBe(4);
  });

  test('a new owner', async () => {
    const [a, b] = await labels('a', 'b');
    const article = new Article({ title: 'x', labels: [a] });
    await article.labels.attach(b);
    article.labels.build({ name: 'c' });
    expect(await statementsOf(() => article.save())).toHaveLength(6);
    expect(await namesOf(article)).toEqual(['a', 'b', 'c']);
    expect((await errorBeforeSending(() => new Article({ title: 'y' }).labels.attach(a.id))).code).toBe(
      'AR_RECORD_NOT_PERSISTED',
    );
    expect((await a.articles).map((each) => each.title)).toEqual(['x']);
    await a.articles.create({ title: 'z' });
    expect(await Article.count()).toBe(2);
  });

  test('attach and detach, by records or keys', async () => {
    const [a, b, c] = await labels('a', 'b', 'c');
    const article = await Article.create({ title: 'x' });
    await article.labels;
    expect((await statementsOf(() => article.labels.attach(a, b.id, [a.id]))).length).toBe(2);
    expect((await article.labels).map((each) => each.name).sort()).toEqual(['a', 'b']);
    expect((await statementsOf(() => article.labels.attach([a, b]))).length).toBe(1);
    await article.labels.attach(c);
    expect((await article.labels).length).toBe(3);
    expect((await statementsOf(() => article.labels.detach(a, b.id))).length).toBe(1);
    expect(await article.labels).toEqual([c]);
    expect(await statementsOf(() => article.labels.detach([]))).toEqual([]);
    expect(await statementsOf(() => article.labels.detach())).toHaveLength(1);
    expect(await rows()).toEqual([]);
  });

  test('sync and toggle tell what came and went', async () => {
    const [a, b, c] = await labels('a', 'b', 'c');
    const article = await Article.create({ title: 'x', labels: [a, b] });
    expect(await article.labels.sync([b, c.id])).toEqual({ attached: [c.id], detached: [a.id] });
    expect(await namesOf(article)).toEqual(['b', 'c']);
    expect(await article.labels.sync([b, c])).toEqual({ attached: [], detached: [] });
    expect(await article.labels.toggle(a, b)).toEqual({ attached: [a.id], detached: [b.id] });
    expect((await article.labels).map((each) => each.name).sort()).toEqual(['a', 'c']);
    expect((await article.labels.sync([])).detached.length).toBe(2);
    expect(await rows()).toEqual([]);
  });

  test('two at once make one row', async () => {
    const all = await labels('a', 'b', 'c');
    const article = await Article.create({ title: 'x' });
    await Promise.all(Array.from({ length: 8 }, async () => (await Article.find(article.id)).labels.attach(all)));
    expect((await rows()).length).toBe(3);
  });

  test('thousands in bulk', async () => {
    await Label.insertAll(Array.from({ length: 2500 }, (_, index) => ({ name: `n${index}` })));
    const ids = await Label.ids();
    const article = await Article.create({ title: 'x' });
    expect((await statementsOf(() => article.labels.sync(ids))).length).toBeLessThan(12);
    expect(await article.labels.count()).toBe(2500);
    const statements = await statementsOf(() => article.labels.sync(ids.slice(0, 10)));
    expect(statements.length).toBeLessThan(8);
    expect((await rows()).length).toBe(10);
  });

  test('other keys, and a table of one model', async () => {
    const asset = await Asset.create({});
    const code = await Code.create({ code: 'c-1' });
    await asset.codes.attach('c-1', code);
    expect(await asset.codes.sync([code])).toEqual({ attached: [], detached: [] });
    expect(await asset.codes.toggle('c-1')).toEqual({ attached: [], detached: ['c-1'] });
    const [ann, bob] = [await Friend.create({ name: 'Ann' }), await Friend.create({ name: 'Bob' })];
    await ann.following.add(bob, ann);
    expect((await bob.followers).map((each) => each.name)).toEqual(['Ann']);
    await bob.followers.clear();
    expect((await ann.following.reload()).map((each) => each.name)).toEqual(['Ann']);
  });

  test('destroying a record takes its rows along', async () => {
    const [a] = await labels('a');
    const article = await Article.create({ title: 'x', labels: [a] });
    expect((await statementsOf(() => article.destroy())).filter((each) => each.startsWith('DELETE'))).toHaveLength(2);
    expect(await rows()).toEqual([]);
    expect((await article.labels).length).toBe(1);
  });

  test('rollback', async () => {
    const [a, b] = await labels('a', 'b');
    const article = await Article.create({ title: 'x', labels: [a] });
    await errorOf(() =>
      transaction(async () => {
        await article.labels.sync([b]);
        await article.labels.add(new Label({ name: 'c' }));
        expect((await article.labels).map((each) => each.name)).toEqual(['b', 'c']);
        throw new Error('no');
      }),
    );
    expect((await article.labels).map((each) => each.name)).toEqual(['a']);
    expect((await errorOf(() => article.labels.add(b, new Label({ name: 'far too long' })))).code).toBe(
      'AR_RECORD_INVALID',
    );
    expect(await rows()).toEqual([{ article_id: article.id, label_id: a.id }]);
  });

  test('what is no key and no record', async () => {
    const article = await Article.create({ title: 'x' });
    for (const bad of [undefined, null, Number.NaN, { id: 1 }, article, new Label({ name: 'n' }), '1x']) {
      for (const run of [
        () => article.labels.attach(bad as never),
        () => article.labels.detach(bad as never),
        () => article.labels.sync([bad] as never),
        () => article.labels.sync(bad as never),
      ])
        expect(['AR_QUERY_INVALID', 'AR_VALUE_INVALID']).toContain((await errorBeforeSending(run)).code);
    }
    expect((await errorOf(() => article.labels.attach(999))).code).toBe('AR_FOREIGN_KEY');
    expect(await rows()).toEqual([]);
  });
});
