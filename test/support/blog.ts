/** Models with an association of every kind, and rows in which each has none, one and several. */
import {
  BaseModel,
  belongsTo,
  column,
  connections,
  hasAndBelongsToMany,
  hasMany,
  hasOne,
  polymorphic,
  type Query,
  sql,
} from '../../lib/index.ts';

export class User extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  mentorId: column.references('users').nullable(),
  get posts() {
    return hasMany(Post);
  },
  get drafts() {
    return hasMany(Post, { scope: (posts: Query<typeof Post>) => posts.where({ draft: true }) });
  },
  get namesakes() {
    return hasMany(Post, {
      scope: (posts: Query<typeof Post>, owner: { name: string }) => posts.where({ title: owner.name }),
    });
  },
  get comments() {
    return hasMany(Comment, { through: 'posts' });
  },
  get tags() {
    return hasMany(Tag, { through: 'posts' });
  },
  get photos() {
    return hasMany(Photo, { as: 'owner' });
  },
  get notes() {
    return hasMany(Note);
  },
  get profile() {
    return hasOne(Profile);
  },
  get latestPost() {
    return hasOne(Post, { latest: true });
  },
  get mentor() {
    return belongsTo(User, { optional: true });
  },
  get students() {
    return hasMany(User, { foreignKey: 'mentorId' });
  },
}) {
  get postsSumTitle() {
    return 'a member';
  }
}
export class Profile extends BaseModel.with({
  id: column.id(),
  bio: column.string(),
  userId: column.references('users'),
  get user() {
    return belongsTo(User);
  },
}) {}
export class Note extends BaseModel.with({
  id: column.id(),
  text: column.string(),
  hidden: column.boolean().default(false),
  userId: column.references('users'),
}) {
  static defaultScope = (notes: Query<typeof Note>) => notes.where({ hidden: false });
}
export class Post extends BaseModel.with({
  id: column.id(),
  title: column.string(),
  draft: column.boolean().default(false),
  votes: column.integer().nullable(),
  price: column.decimal(10, 2).nullable(),
  views: column.bigint().nullable(),
  rating: column.float().nullable(),
  publishedOn: column.date().nullable(),
  authorId: column.references('users'),
  get author() {
    return belongsTo(User);
  },
  get comments() {
    return hasMany(Comment);
  },
  get tags() {
    return hasAndBelongsToMany(Tag);
  },
  get photos() {
    return hasMany(Photo, { as: 'owner' });
  },
}) {}
export class Comment extends BaseModel.with({
  id: column.id(),
  body: column.string(),
  postId: column.references('posts'),
  userId: column.references('users'),
  get post() {
    return belongsTo(Post);
  },
  get user() {
    return belongsTo(User);
  },
}) {}
export class Tag extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  weight: column.integer().nullable(),
  get posts() {
    return hasAndBelongsToMany(Post);
  },
}) {}
export class Photo extends BaseModel.with({
  id: column.id(),
  url: column.string(),
  ownerId: column.integer().nullable(),
  ownerType: column.string().nullable(),
  get owner() {
    return belongsTo(polymorphic([User, Post]), { optional: true });
  },
}) {}

export const blogModels = [User, Profile, Note, Post, Comment, Tag, Photo];

/** One more than a number holds. */
export const manyViews = 9_007_199_254_740_993n;

export async function fillBlog(): Promise<void> {
  const connection = connections.get();
  // Without a unique index, as old databases have it: the same pair may stand there twice.
  await connection.execute(sql`DROP TABLE IF EXISTS posts_tags`);
  await connection.execute(sql`CREATE TABLE posts_tags (post_id BIGINT, tag_id BIGINT)`);
  await User.insertAll([
    { id: 1, name: 'Ada', mentorId: null },
    { id: 2, name: 'Bob', mentorId: 1 },
    { id: 3, name: 'Cyd', mentorId: 1 },
    { id: 4, name: 'Dan', mentorId: null },
  ]);
  const post = (id: number, authorId: number, given: Partial<Record<string, unknown>>) => ({
    id,
    authorId,
    title: `post ${id}`,
    draft: false,
    votes: null,
    price: null,
    views: null,
    rating: null,
    publishedOn: null,
    ...given,
  });
  await Post.insertAll([
    post(1, 1, { votes: 3, price: '10.10', views: manyViews, rating: 1.1, publishedOn: '2024-01-01' }),
    post(2, 1, { votes: 4, price: '0.20', views: 2n, rating: 16777.217, publishedOn: '2023-05-06', draft: true }),
    post(3, 1, {}),
    post(4, 2, { votes: 10, price: '99.99', views: 1n, rating: 2, publishedOn: '2022-02-02' }),
    post(5, 3, { votes: -1, price: '0.01', draft: true }),
  ]);
  await Comment.insertAll([
    { id: 1, body: 'one', postId: 1, userId: 2 },
    { id: 2, body: 'two', postId: 1, userId: 3 },
    { id: 3, body: 'three', postId: 2, userId: 1 },
    { id: 4, body: 'four', postId: 4, userId: 1 },
  ]);
  await Tag.insertAll([
    { id: 1, name: 'red', weight: 5 },
    { id: 2, name: 'blue', weight: 7 },
    { id: 3, name: 'unused', weight: null },
  ]);
  // Ada has red by two posts, and by one of them twice.
  await connection.execute(sql`INSERT INTO posts_tags (post_id, tag_id) VALUES (1, 1), (1, 1), (1, 2), (2, 1), (4, 1)`);
  await Photo.insertAll([
    { id: 1, url: 'a', ownerId: 1, ownerType: 'user' },
    { id: 2, url: 'b', ownerId: 1, ownerType: 'user' },
    { id: 3, url: 'c', ownerId: 1, ownerType: 'post' },
    { id: 4, url: 'd', ownerId: 2, ownerType: 'user' },
  ]);
  await Profile.insertAll([
    { id: 1, bio: 'first', userId: 1 },
    { id: 2, bio: 'older', userId: 2 },
    { id: 3, bio: 'newer', userId: 2 },
  ]);
  await Note.insertAll([
    { id: 1, text: 'seen', hidden: false, userId: 1 },
    { id: 2, text: 'secret', hidden: true, userId: 1 },
    { id: 3, text: 'also seen', hidden: false, userId: 1 },
    { id: 4, text: 'secret', hidden: true, userId: 2 },
  ]);
}
