/** Sutando: an Eloquent on Knex. */
import { camelCased } from './by-driver.js';

export const name = 'sutando';
export const kind = 'instances';
export const dialects = ['mysql'];

export async function open(url) {
  // It writes and reads times in the zone of the process.
  process.env.TZ = 'UTC';
  const { CastsAttributes, Model, sutando } = await import('sutando');
  // Its own cast 'json' gives null on MariaDB: it parses what mysql2 has parsed already.
  class Json extends CastsAttributes {
    static get(_model, _key, value) {
      return typeof value === 'string' ? JSON.parse(value) : value;
    }
    static set(_model, _key, value) {
      return JSON.stringify(value);
    }
  }
  class User extends Model {
    casts = { active: 'boolean', preferences: Json };
    relationPosts() {
      return this.hasMany(Post);
    }
  }
  class Post extends Model {
    casts = { published: 'boolean' };
    relationUser() {
      // With its name, which it would take from the text of a stack trace each time.
      return this.belongsTo(User, 'user_id', 'id', 'user');
    }
    relationComments() {
      return this.hasMany(Comment);
    }
  }
  class Comment extends Model {
    relationPost() {
      return this.belongsTo(Post, 'post_id', 'id', 'post');
    }
  }
  sutando.addConnection({
    client: 'mysql2',
    connection: { uri: url, supportBigNumbers: true },
    pool: { min: 2, max: 10 },
    // Each create asks Knex for RETURNING, which warns that MySQL has none.
    log: { warn() {} },
  });
  const hundredPosts = (first) =>
    Post.query()
      .whereBetween('id', [first, first + 99])
      .get();
  const nameOf = async (post) => (await post.getRelated('user')).name;
  return {
    find: (id) => User.query().find(id),
    some: async (age) => (await User.query().where('age', age).orderBy('id', 'desc').limit(50).get()).all(),
    load: async () => (await User.query().where('id', '<=', 10_000).get()).all(),
    read: (user) =>
      user.id +
      user.name.length +
      user.email.length +
      user.age +
      user.balance.length +
      (user.active ? 1 : 0) +
      Number(user.visits) +
      user.preferences.size +
      user.created_at.getTime() +
      user.updated_at.getTime(),
    create: async (given) => (await User.query().create(given)).id,
    // Its insert of many is that of Knex: without casts and times.
    createMany: async (list) => {
      const now = new Date();
      await User.query().insert(
        list.map((given) => ({
          ...given,
          preferences: JSON.stringify(given.preferences),
          created_at: now,
          updated_at: now,
        })),
      );
    },
    change: async (id) => {
      const user = await User.query().find(id);
      user.age = (user.age + 1) % 100;
      await user.save();
      return user.age;
    },
    nested: (first) =>
      User.query()
        .with('posts.comments')
        .whereBetween('id', [first, first + 99])
        .orderBy('id')
        .get(),
    posts: (user) => user.posts,
    comments: (post) => post.comments,
    authorsInTurn: async (first) => {
      const names = [];
      for (const post of await hundredPosts(first)) names.push(await nameOf(post));
      return names;
    },
    authorsAtOnce: async (first) => Promise.all((await hundredPosts(first)).all().map(nameOf)),
    plainUser: plain,
    plainPost: plain,
    plainComment: plain,
    close: () => sutando.destroyAll(),
  };
}

/** Of a record each attribute as its accessor gives it. */
const plain = (record) =>
  camelCased(Object.fromEntries(Object.keys(record.attributes).map((column) => [column, record[column]])));
