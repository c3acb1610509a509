/** Objection on Knex. */
import { camelCased, readRow } from './by-driver.js';

export const name = 'objection';
export const kind = 'instances';
export const dialects = ['mysql'];

export async function open(url) {
  const { default: Knex } = await import('knex');
  const { Model } = await import('objection');
  // As its recipe for timestamps says.
  class Timed extends Model {
    $beforeInsert() {
      const now = new Date();
      this.created_at = now;
      this.updated_at = now;
    }
    $beforeUpdate() {
      this.updated_at = new Date();
    }
  }
  class User extends Timed {
    static tableName = 'users';
    static jsonAttributes = ['preferences'];
    static relationMappings = () => ({
      posts: {
        relation: Model.HasManyRelation,
        modelClass: Post,
        join: { from: 'users.id', to: 'posts.user_id' },
      },
    });
  }
  class Post extends Timed {
    static tableName = 'posts';
    static relationMappings = () => ({
      user: {
        relation: Model.BelongsToOneRelation,
        modelClass: User,
        join: { from: 'posts.user_id', to: 'users.id' },
      },
      comments: {
        relation: Model.HasManyRelation,
        modelClass: Comment,
        join: { from: 'posts.id', to: 'comments.post_id' },
      },
    });
  }
  class Comment extends Timed {
    static tableName = 'comments';
    static relationMappings = () => ({
      post: {
        relation: Model.BelongsToOneRelation,
        modelClass: Post,
        join: { from: 'comments.post_id', to: 'posts.id' },
      },
    });
  }
  const knex = Knex({
    client: 'mysql2',
    connection: { uri: url, timezone: 'Z', supportBigNumbers: true },
    pool: { min: 2, max: 10 },
  });
  Model.knex(knex);
  const hundredPosts = (first) => Post.query().whereBetween('id', [first, first + 99]);
  const nameOf = async (post) => (await post.$relatedQuery('user')).name;
  return {
    find: (id) => User.query().findById(id),
    some: (age) => User.query().where('age', age).orderBy('id', 'desc').limit(50),
    load: () => User.query().where('id', '<=', 10_000),
    read: readRow,
    create: async (given) => (await User.query().insert(given)).id,
    // Its own insert of many needs a database that returns the keys: here it is Knex that has one.
    createMany: async (list) => {
      const now = new Date();
      await User.knexQuery().insert(
        list.map((given) => ({
          ...given,
          preferences: JSON.stringify(given.preferences),
          created_at: now,
          updated_at: now,
        })),
      );
    },
    change: async (id) => {
      const user = await User.query().findById(id);
      await user.$query().patch({ age: (user.age + 1) % 100 });
      return user.age;
    },
    nested: (first) =>
      User.query()
        .whereBetween('id', [first, first + 99])
        .orderBy('id')
        .withGraphFetched('posts.comments'),
    posts: (user) => user.posts,
    comments: (post) => post.comments,
    authorsInTurn: async (first) => {
      const names = [];
      for (const post of await hundredPosts(first)) names.push(await nameOf(post));
      return names;
    },
    authorsAtOnce: async (first) => Promise.all((await hundredPosts(first)).map(nameOf)),
    plainUser: camelCased,
    plainPost: camelCased,
    plainComment: camelCased,
    close: () => knex.destroy(),
  };
}
