import {
  type Collection,
  gte,
  type LoadedCollection,
  type LoadedReference,
  not,
  type Reference,
  sql,
} from 'active-record-ts';
import { Admin, Bare, Comment, Declared, Line, Manager, Picture, Post, Share, Tag, User } from './models.ts';

// What must and must not compile of associations. A line under @ts-expect-error that begins to compile fails the check.

/** The very same type, neither wider nor narrower. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(..._: Same<A, B> extends true ? [] : [never]) => undefined;

export async function reading() {
  const user = await User.find(1);
  const post = await Post.find(1);
  const titles: string[] = (await user.posts).map((each) => each.title);
  const author = await (await user.posts)[0]?.author;
  author?.greet();
  same<Awaited<typeof user.posts>, Post[]>();
  same<Awaited<typeof post.author>, User>();
  same<Awaited<typeof user.picture>, Picture | null>();
  const posts: Collection<typeof Post> = user.posts;
  const reference: Reference<typeof User> = post.author;
  const bodies: string[] = (await user.comments).map((comment) => comment.body);
  const tagged: Post[] | undefined = await (await post.tags)[0]?.posts;
  // a to-many association is a query with scopes, also behind what narrows
  await user.posts.titled('Notes');
  await user.posts.where({ title: 'x' }).popular().order('votes').titled('y').first();
  const narrow = await user.posts.select('id', 'title').popular().first();
  narrow?.title.toUpperCase();
  const withAuthor = await user.posts.includes('author').titled('x').first();
  withAuthor?.author.value.greet();
  const sizes: number[] = [await user.posts.size(), await user.posts.count(), (await user.posts.ids())[0] ?? 0];
  for await (const each of user.posts) each.title.toUpperCase();
  const reloaded: Post[] = await user.posts.reload();
  const flags: boolean[] = [user.posts.loaded, post.author.loaded, await user.posts.contains(post)];
  await Post.where({ id: user.posts.select('id') });
  // to-one: required is not null, optional may be
  const editor = await (await Comment.find(1)).editor;
  editor?.greet();
  (await (await Comment.find(1)).user).greet();
  // polymorphic: a union
  const owner = await (await Picture.find(1)).owner;
  const label: string = owner instanceof Post ? owner.title : owner.greet();
  // a subclass has its parent's, and its own
  const manager = await Manager.find(1);
  (await manager.staff)[0]?.greet();
  (await manager.posts)[0]?.title.toUpperCase();
  (await (await Admin.find(1)).posts.popular())[0]?.title.toUpperCase();
  // @ts-expect-error the editor is optional
  editor.greet();
  // @ts-expect-error the picture may not be there
  (await user.picture).url;
  // @ts-expect-error either has no title
  owner.title;
  // @ts-expect-error not loaded, so it has to be awaited
  user.posts.map;
  // @ts-expect-error not loaded, so it has to be awaited
  user.posts.length;
  // @ts-expect-error not loaded, so it has to be awaited
  for (const _each of user.posts);
  // @ts-expect-error not loaded, so it has to be awaited
  post.author.value;
  // @ts-expect-error a record of another model
  user.posts.contains(user);
  // @ts-expect-error no such scope of the target
  user.posts.adults();
  // @ts-expect-error wrong scope argument
  user.posts.titled(1);
  // @ts-expect-error wrong scope argument behind a condition
  user.posts.where({ id: 1 }).titled(1);
  // @ts-expect-error unknown column of the target
  user.posts.where({ name: 'x' });
  // @ts-expect-error title was selected, votes were not
  narrow?.votes;
  // @ts-expect-error no such association
  user.postz;
  // @ts-expect-error what a query gives is no collection to add to
  user.posts.where({ id: 1 }).add(post);
  return { titles, posts, reference, bodies, tagged, sizes, reloaded, flags, label };
}

export async function writing() {
  const user = await User.find(1);
  const post = await Post.find(1);
  const tag = await Tag.find(1);
  const comment = await Comment.find(1);
  post.author.set(user);
  comment.editor.set(null);
  comment.editor.set(user);
  user.picture.set(null);
  (await Picture.find(1)).owner.set(user);
  const built: Post = user.posts.build({ title: 'x' });
  const made: Post = await user.posts.create({ title: 'x', comments: [comment] });
  const picture: Picture = await user.picture.create({ url: 'x' });
  await user.posts.add(post, built);
  await user.posts.remove(post);
  await user.posts.set([post, made]);
  await user.posts.setIds([1, 2]);
  await user.posts.clear();
  const [deleted, destroyed]: [number, Post[]] = [await user.posts.deleteAll(), await user.posts.destroyAll()];
  await post.tags.attach(tag, 1, [2, tag]);
  await post.tags.detach(tag);
  await post.tags.detach();
  await post.tags.sync([tag, 3]);
  await (await Line.find({ orderId: 1, number: 2 })).shares.create({});
  // @ts-expect-error the author is required
  post.author.set(null);
  // @ts-expect-error a record of another model
  post.author.set(post);
  // @ts-expect-error assigned with set, not with =
  post.author = user;
  // @ts-expect-error assigned with set, not with =
  user.posts = [post];
  // @ts-expect-error a record of another model
  user.posts.add(user);
  // @ts-expect-error a list
  user.posts.set(post);
  // @ts-expect-error unknown attribute
  user.posts.build({ titel: 'x' });
  // @ts-expect-error wrong type
  user.posts.create({ title: 1 });
  // @ts-expect-error wrong type of key
  user.posts.setIds(['1']);
  // @ts-expect-error a record of another model
  post.tags.attach(post);
  // @ts-expect-error neither of the kinds
  (await Picture.find(1)).owner.set(tag);
  return { picture, deleted, destroyed };
}

export async function creating() {
  const user = await User.find(1);
  const post = await Post.find(1);
  const line = await Line.find({ orderId: 1, number: 2 });
  // the key or the record
  await Post.create({ title: 'x', userId: 1 });
  await Post.create({ title: 'x', author: user });
  await Comment.create({ body: 'x', post, userId: 1 });
  await Comment.create({ body: 'x', post, user, editor: null });
  await Picture.create({ url: 'x', ownerId: 1, ownerType: 'post' });
  await Picture.create({ url: 'x', owner: post });
  await Share.create({ lineOrderId: 1, lineNumber: 2 });
  await Share.create({ line });
  await User.create({ name: 'Ada', posts: [post], picture: null });
  await User.create('Ada');
  await Tag.create('news');
  // what is not given in `new` may be set later
  new Post({ title: 'x' }).author.set(user);
  new Post({ author: user, tags: [new Tag({ name: 'x' })] });
  await post.update({ author: user, title: 'y' });
  post.assign({ comments: [] });
  // attributes of associated records
  await User.create({ name: 'Ada', postsAttributes: [{ title: 'x', commentsAttributes: [{ body: 'y' }] }] });
  await user.update({
    postsAttributes: [
      { id: 1, title: 'x' },
      { id: 2, destroy: true },
    ],
    pictureAttributes: { url: 'x' },
  });
  user.assign({ postsAttributes: [] });
  // rows are no records
  await Post.insertAll([{ title: 'x', userId: 1 }]);
  // @ts-expect-error neither the key nor the record
  await Post.create({ title: 'x' });
  // @ts-expect-error one of the two is missing
  await Comment.create({ body: 'x', post });
  // @ts-expect-error the kind is missing
  await Picture.create({ url: 'x', ownerId: 1 });
  // @ts-expect-error half a key
  await Share.create({ lineOrderId: 1 });
  // @ts-expect-error the title is missing
  await Post.create({ author: user });
  // @ts-expect-error a record of another model
  await Post.create({ title: 'x', author: post });
  // @ts-expect-error the author is required
  await Post.create({ title: 'x', author: null });
  // @ts-expect-error a list
  await User.create({ name: 'Ada', posts: post });
  // @ts-expect-error records of another model
  new User({ posts: [user] });
  // @ts-expect-error unknown attribute
  await Post.create({ title: 'x', author: user, auhtor: user });
  // @ts-expect-error Comment has no name
  await Comment.create('x');
  // @ts-expect-error unknown attribute of an associated record
  await user.update({ postsAttributes: [{ titel: 'x' }] });
  // @ts-expect-error wrong type in an associated record
  await user.update({ postsAttributes: [{ title: 1 }] });
  // @ts-expect-error a list
  await user.update({ postsAttributes: { title: 'x' } });
  // @ts-expect-error one record
  await user.update({ pictureAttributes: [{ url: 'x' }] });
  // @ts-expect-error no such association
  await user.update({ postzAttributes: [] });
  // @ts-expect-error rows have no records
  await Post.insertAll([{ title: 'x', author: user }]);
  // @ts-expect-error the key is missing
  await Post.insertAll([{ title: 'x' }]);
  // @ts-expect-error a column
  await post.updateColumns({ author: user });
}

export async function including() {
  const loaded = await User.includes('posts', { posts: ['author', { comments: 'user' }] })
    .where({ age: gte(18) })
    .adults()
    .firstOrFail();
  const titles: string[] = loaded.posts.map((post) => post.title);
  const name: string | undefined = loaded.posts.at(0)?.author.value.name;
  const deep: string | undefined = loaded.posts.at(0)?.comments.at(0)?.user.value.greet();
  for (const post of loaded.posts) post.title.toUpperCase();
  const [count, some, list]: [number, boolean, Post[]] = [
    loaded.posts.length,
    loaded.posts.some((post) => post.votes > 1),
    loaded.posts.toArray(),
  ];
  await loaded.posts.where({ title: 'still a relation' }).titled('x');
  await loaded.posts.create({ title: 'still a collection' });
  const collection: LoadedCollection<Post> = loaded.posts;
  const [picture] = await User.includes('picture');
  const url: string | undefined = picture?.picture.value?.url;
  // a function narrows; the type follows what it gives
  const scoped = await User.includes({ posts: (posts) => posts.titled('x').includes('author') }).firstOrFail();
  const scopedName: string | undefined = scoped.posts.at(0)?.author.value.name;
  const awaitedName: string | undefined = (await scoped.posts)[0]?.author.value.name;
  const lean = await User.all()
    .adults()
    .includes({ posts: (posts) => posts.select('id').limit(3), picture: (pictures) => pictures.order('id') })
    .firstOrFail();
  lean.posts.at(0)?.id.toFixed();
  lean.picture.value?.url.toUpperCase();
  // the same three ways
  (await Post.preload('author').popular().first())?.author.value.greet();
  (await Post.eagerLoad({ author: 'posts' }).titled('x').first())?.author.value.posts.length;
  (await Post.all().preload('tags').eagerLoad('author').first())?.tags.length;
  // includes behind select, and the other way round
  (await User.select('id').includes('posts').first())?.posts.length;
  (await User.includes('posts').select('id').first())?.posts.length;
  const owners = await Picture.includes('owner');
  const label: string | undefined = owners[0]?.owner.value instanceof Post ? 'post' : owners[0]?.owner.value.name;
  (await Manager.includes('staff', 'posts').rich().first())?.staff.at(0)?.greet();
  for await (const each of User.includes('posts')) each.posts.length;
  // @ts-expect-error the author of an included post was not included
  loaded.posts.at(0)?.comments.at(0)?.post.value;
  // @ts-expect-error the comments of the user were not included
  loaded.comments.length;
  // @ts-expect-error null where there is none
  picture?.picture.value.url;
  // @ts-expect-error title was not selected
  lean.posts.at(0)?.title;
  // @ts-expect-error unknown association
  await User.includes('postz');
  // @ts-expect-error a column
  await User.includes('name');
  // @ts-expect-error unknown nested association
  await User.includes({ posts: 'commentz' });
  // @ts-expect-error unknown nested association in a list
  await User.includes({ posts: ['author', 'commentz'] });
  // @ts-expect-error unknown association three deep
  await User.includes({ posts: { comments: { user: 'postz' } } });
  // @ts-expect-error unknown association beside a known one
  await User.includes({ posts: 'author', postz: 'author' });
  // @ts-expect-error unknown association beside a known one, nested
  await User.includes('picture', { posts: ['tags', { comments: 'user', commentz: 'user' }] });
  // @ts-expect-error unknown association on a relation
  await User.all().adults().includes('postz');
  // @ts-expect-error unknown association in a function
  await User.includes({ posts: (posts) => posts.includes('authorr') });
  // @ts-expect-error unknown column in a function
  await User.includes({ posts: (posts) => posts.where({ name: 'x' }) });
  // @ts-expect-error the function gives no query
  await User.includes({ posts: () => 5 });
  // @ts-expect-error unknown association
  await Post.preload('authorr');
  // @ts-expect-error unknown association
  await Post.eagerLoad({ author: 'postz' });
  // @ts-expect-error Line's share has no such association
  await Line.includes({ shares: 'lines' });
  // @ts-expect-error a model without associations
  await Declared.includes('name');
  return { titles, name, deep, count, some, list, collection, url, scopedName, awaitedName, label };
}

export async function loading() {
  const user = await User.find(1);
  const users = await User.all();
  const one = await User.load(user, 'posts', { posts: 'comments' });
  const bodies: (string | undefined)[] = one.posts.map((post) => post.comments.at(0)?.body);
  const [first] = await User.load(users, 'posts');
  first?.posts.length;
  const missing = await Post.loadMissing(await user.posts, 'author', 'tags');
  const reference: LoadedReference<User> | undefined = missing[0]?.author;
  const both = await User.load(one, 'picture');
  const url: string | undefined = both.posts.at(0)?.title ?? both.picture.value?.url;
  await User.load(await Manager.find(1), 'posts');
  await User.resetCounters(1, 'posts');
  await User.resetCounters([1, 2], 'posts', 'comments');
  // @ts-expect-error not loaded
  first?.picture.value;
  // @ts-expect-error unknown association
  await User.load(user, 'postz');
  // @ts-expect-error unknown association beside a known one
  await User.load(users, { posts: 'comments', postz: 'x' });
  // @ts-expect-error a record of another model
  await User.load(await Post.find(1), 'posts');
  // @ts-expect-error the users of a post are one
  await Post.resetCounters(1, 'author');
  // @ts-expect-error wrong key
  await User.resetCounters('1', 'posts');
  return { bodies, reference, url };
}

export async function figures() {
  const counted = await User.withCount('posts').adults().select('id', { rank: sql<number>`1` }).firstOrFail();
  const counts: number = counted.postsCount + counted.rank;
  const several = await User.all()
    .withCount('posts', { comments: (comments) => comments.where({ body: 'x' }), picture: (pictures) => pictures })
    .adults()
    .firstOrFail();
  const total: number = several.postsCount + several.commentsCount + several.pictureCount;
  const exists: boolean = (await Post.withExists('comments').popular().firstOrFail()).commentsExist;
  const sum = await User.withSum('posts', 'votes')
    .withSum({ comments: (comments) => comments }, 'price')
    .firstOrFail();
  const [votes, price]: [number | null, string | null] = [sum.postsSumVotes, sum.commentsSumPrice];
  const average: string | null = (await Post.withAverage('comments', 'price').firstOrFail()).commentsAveragePrice;
  const least: string | null = (await User.withMinimum('posts', 'title').firstOrFail()).postsMinimumTitle;
  const last: Date | null = (await User.all().withMaximum('posts', 'createdAt').adults().firstOrFail())
    .postsMaximumCreatedAt;
  // @ts-expect-error not counted
  counted.commentsCount;
  // @ts-expect-error not selected
  counted.name;
  // @ts-expect-error unknown association
  User.withCount('postz');
  // @ts-expect-error unknown association beside a known one
  User.withCount({ posts: (posts) => posts, postz: (posts) => posts });
  // @ts-expect-error unknown column in a function
  User.withCount({ posts: (posts) => posts.where({ name: 'x' }) });
  // @ts-expect-error unknown column of the target
  User.withSum('posts', 'price');
  // @ts-expect-error no number
  User.withSum('posts', 'title');
  // @ts-expect-error no number
  User.all().withAverage('posts', 'title');
  // @ts-expect-error unknown association
  User.withMaximum('postz', 'votes');
  // @ts-expect-error a polymorphic association has no table
  Picture.withCount('owner');
  return { counts, total, exists, votes, price, average, least, last };
}

export async function conditions() {
  const user = await User.find(1);
  const post = await Post.find(1);
  await Post.where({ author: user })
    .where({ author: [user] })
    .where({ author: { name: 'Ada', posts: { title: 'x' } } });
  await Post.where({ author: User.where({ age: 3 }) }).whereNot({ author: user });
  await User.where({ picture: null, posts: not(null), comments: { post: { author: { age: gte(3) } } } }).adults();
  await User.where({ picture: not(null) }).findBy({ posts: post });
  await Post.where({ author: not(user) }).or({ comments: { body: ['x', 'y'] } });
  await Picture.where({ owner: post }).where({ owner: [user, post] });
  await User.whereHas('posts');
  await User.whereHas('posts', (posts) => posts.titled('x'), { count: gte(3) }).adults();
  await User.whereHas('posts', undefined, { count: 2 }).whereDoesntHave('comments', (each) =>
    each.where({ body: 'x' }),
  );
  await User.whereMissing('posts', 'picture').adults();
  // @ts-expect-error unknown column of the author
  await Post.where({ author: { nmae: 'Ada' } });
  // @ts-expect-error wrong type of the author's column
  await Post.where({ author: { name: 1 } });
  // @ts-expect-error unknown column two deep
  await Post.where({ author: { posts: { titel: 'x' } } });
  // @ts-expect-error unknown association
  await Post.where({ authorr: user });
  // @ts-expect-error a record of another model
  await Post.where({ author: post });
  // @ts-expect-error a record of another model in a list
  await Post.where({ author: [post] });
  // @ts-expect-error a query on another model
  await Post.where({ author: Post.all() });
  // @ts-expect-error a key stands for the column
  await Post.where({ author: 1 });
  // @ts-expect-error neither of the kinds
  await Picture.where({ owner: await Tag.find(1) });
  // @ts-expect-error a polymorphic association has no columns of one table
  await Picture.where({ owner: { id: 1 } });
  // @ts-expect-error unknown association
  await User.whereHas('postz');
  // @ts-expect-error unknown column in a function
  await User.whereHas('posts', (posts) => posts.where({ name: 'x' }));
  // @ts-expect-error wrong scope argument in a function
  await User.whereHas('posts', (posts) => posts.titled(3));
  // @ts-expect-error a number
  await User.whereHas('posts', undefined, { count: gte('3') });
  // @ts-expect-error unknown option
  await User.whereHas('posts', undefined, { cuont: 3 });
  // @ts-expect-error unknown association
  await User.whereDoesntHave('postz');
  // @ts-expect-error unknown association
  await User.whereMissing('posts', 'postz');
}

export async function joining() {
  await Post.joins('author').where(sql`author.name = ${'Ada'}`).popular();
  await User.joins({ posts: 'comments' }, 'picture')
    .leftJoins({ posts: ['tags', { comments: 'user' }] })
    .adults();
  await User.joins('posts', sql`posts.user_id = users.id`).leftJoins(['posts', 'p'], sql`1 = 1`);
  await Post.order('author.name', 'desc').order({ 'author.age': 'asc', title: 'asc' }).reorder('author.id').popular();
  const pairs: [string, string | null][] = await Post.all().order('author.name').pluck('title', 'author.name');
  const ages: (number | null)[] = await Post.pluck('author.age');
  const name: string | null = await Post.where({ id: 1 }).pick('author.name');
  const urls: (string | null)[] = await User.pluck('picture.url');
  await User.strictLoading;
  await User.all().strictLoading().withoutBatching().adults();
  (await User.find(1)).strictLoading().greet();
  // @ts-expect-error unknown association
  Post.joins('authorr');
  // @ts-expect-error unknown nested association
  User.joins({ posts: 'commentz' });
  // @ts-expect-error unknown association beside a known one
  User.joins({ posts: 'comments', postz: 'comments' });
  // @ts-expect-error unknown nested association in a list
  User.leftJoins({ posts: ['tags', { comments: 'userr' }] });
  // @ts-expect-error unknown association
  User.all().leftJoins('postz');
  // @ts-expect-error a polymorphic association has no table
  Picture.joins('owner');
  // @ts-expect-error unknown column of the author
  Post.order('author.nmae');
  // @ts-expect-error unknown column of the author
  Post.order({ 'author.nmae': 'asc' });
  // @ts-expect-error many posts have no one title
  User.order('posts.title');
  // @ts-expect-error many posts have no one title
  User.all().pluck('posts.title');
  // @ts-expect-error an association is no column
  Post.order('author');
  // @ts-expect-error an association is no column
  Post.pluck('author');
  // @ts-expect-error an association is no column
  Post.select('author');
  // @ts-expect-error a polymorphic association has no table
  Picture.order('owner.id');
  // @ts-expect-error unknown column of the author
  Post.pick('author.nmae');
  return { pairs, ages, name, urls };
}

export async function untyped() {
  const bare = await Bare.find(1);
  await Bare.where({ anything: 1 }).order('any.thing').pluck('any.thing');
  await Bare.joins('x', sql`1 = 1`);
  bare.assign({ anythingAttributes: [] });
  (await Declared.order('name').first())?.shout();
  // @ts-expect-error not declared
  await Declared.where({ posts: null });
}
