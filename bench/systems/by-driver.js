/** What the systems share that give rows as the database names them. */
import { snake, user } from '../data.js';

const names = Object.keys(user(1));
const columns = Object.fromEntries(names.map((name) => [name, snake(name)]));

/** Of a row with `created_at` the values by `createdAt`. */
export function camelCased(row) {
  return Object.fromEntries(
    Object.entries(row).map(([column, value]) => [
      column.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase()),
      value,
    ]),
  );
}

export const userColumns = names.filter((name) => name !== 'id').map((name) => columns[name]);

/** Reads each attribute of a row. */
export function readRow(row) {
  return (
    row.id +
    row.name.length +
    row.email.length +
    row.age +
    row.balance.length +
    (row.active ? 1 : 0) +
    Number(row.visits) +
    row.preferences.size +
    row.created_at.getTime() +
    row.updated_at.getTime()
  );
}

/** Puts children to their parents: grouped by key once, as one would write it by hand. */
export function attach(parents, name, children, foreignKey) {
  const byKey = new Map();
  for (const parent of parents) {
    parent[name] = [];
    byKey.set(parent.id, parent);
  }
  for (const child of children) byKey.get(child[foreignKey])[name].push(child);
}

/**
 * The part of a system without relations that is the same for all of them: rows are put together by hand.
 *
 * @param usersBetween - and `postsBetween`: of keys from a first to a last one; `postsOf`, `commentsOf`: of parents' keys
 * @param nameOf - of a post: its author's name, by a query of its own
 */
export function byHand({ usersBetween, postsOf, commentsOf, postsBetween, nameOf }) {
  return {
    nested: async (first) => {
      const users = await usersBetween(first, first + 99);
      const posts = await postsOf(users.map(({ id }) => id));
      const comments = await commentsOf(posts.map(({ id }) => id));
      attach(users, 'posts', posts, 'user_id');
      attach(posts, 'comments', comments, 'post_id');
      return users;
    },
    posts: (user) => user.posts,
    comments: (post) => post.comments,
    authorsInTurn: async (first) => {
      const names = [];
      for (const post of await postsBetween(first, first + 99)) names.push(await nameOf(post));
      return names;
    },
    authorsAtOnce: async (first) => Promise.all((await postsBetween(first, first + 99)).map(nameOf)),
    plainUser: camelCased,
    plainPost: camelCased,
    plainComment: camelCased,
  };
}
