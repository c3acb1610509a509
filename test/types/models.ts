import {
  BaseModel,
  belongsTo,
  column,
  gte,
  hasAndBelongsToMany,
  hasMany,
  hasOne,
  polymorphic,
  type Query,
} from 'active-record-ts';

// The models of the type tests: compiled, never run. They refer to each other in circles.

export class User extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  age: column.integer().nullable(),
  preferences: column.json<{ dark: boolean }>().nullable(),
  role: column.enum(['admin', 'member'], { scopes: true }).default('member'),
  get posts() {
    return hasMany(Post, { dependent: 'destroy' });
  },
  get comments() {
    return hasMany(Comment, { through: 'posts' });
  },
  get picture() {
    return hasOne(Picture, { as: 'owner' });
  },
}) {
  static scopes = {
    adults: (users: Query<typeof User>) => users.where({ age: gte(18) }).order('name'),
    olderThan: (users: Query<typeof User>, age: number) => users.where({ age: gte(age) }),
  };
  greet() {
    return `Hi ${this.name}`;
  }
  async rename(name: string) {
    return this.update({ name });
  }
  async titles() {
    return (await this.posts).map((post) => post.title);
  }
}
/** More columns and associations on the same table. */
export class Manager extends User.with({
  budget: column.decimal(12, 2),
  get staff() {
    return hasMany(User);
  },
}) {
  static override scopes = {
    ...User.scopes,
    rich: (managers: Query<typeof Manager>) => managers.where({ budget: gte('1000.00') }),
  };
  boast() {
    return `${this.greet()}: ${this.budget}`;
  }
}
export class Admin extends User {}

export class Post extends BaseModel.with({
  id: column.id(),
  title: column.string(),
  votes: column.integer().default(0),
  userId: column.references('users'),
  ...column.timestamps(),
  get author() {
    return belongsTo(User, { foreignKey: 'userId', counterCache: true });
  },
  get comments() {
    return hasMany(Comment);
  },
  get tags() {
    return hasAndBelongsToMany(Tag);
  },
}) {
  static scopes = {
    titled: (posts: Query<typeof Post>, title: string) => posts.where({ title }).includes('author').limit(3),
    popular: (posts: Query<typeof Post>) => posts.where({ votes: gte(10) }).whereHas('comments'),
  };
}
export class Comment extends BaseModel.with({
  id: column.id(),
  body: column.string(),
  price: column.decimal(10, 2).nullable(),
  postId: column.references('posts'),
  userId: column.references('users'),
  editorId: column.references('users').nullable(),
  get post() {
    return belongsTo(Post);
  },
  get user() {
    return belongsTo(User);
  },
  get editor() {
    return belongsTo(User, { optional: true });
  },
}) {}
export class Tag extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  get posts() {
    return hasAndBelongsToMany(Post);
  },
}) {}
export class Picture extends BaseModel.with({
  id: column.id(),
  url: column.string(),
  ownerId: column.integer(),
  ownerType: column.string(),
  get owner() {
    return belongsTo(polymorphic([Post, User]));
  },
}) {}
export abstract class ApplicationRecord extends BaseModel {
  describe() {
    return String(this.primaryKey);
  }
}
export class Photo extends ApplicationRecord.with({
  id: column.uuid().primaryKey(),
  url: column.string(),
  externalId: column.uuid().nullable(),
  takenAt: column.datetime(6).as('string').nullable(),
}) {}
export class Line extends BaseModel.with({
  orderId: column.integer().primaryKey(),
  number: column.integer().primaryKey(),
  price: column.decimal(10, 2),
  weight: column.bigint(),
  get shares() {
    return hasMany(Share);
  },
}) {}
/** What it belongs to has two columns for its key. */
export class Share extends BaseModel.with({
  id: column.id(),
  lineOrderId: column.integer(),
  lineNumber: column.integer(),
  get line() {
    return belongsTo(Line, { foreignKey: ['lineOrderId', 'lineNumber'] });
  },
}) {}
export class Flagged extends BaseModel.with({ id: column.id(), active: column.boolean(), ...column.timestamps() }) {}
/** Columns read from the database: what it declares is typed, and nothing else compiles. */
export class Declared extends BaseModel {
  declare id: number;
  declare name: string;
  shout() {
    return this.name.toUpperCase();
  }
}
/** Nothing declared: nothing is checked (scripts, plain JavaScript). */
export class Bare extends BaseModel {}
/** A column per attribute, named alike. */
export class Legacy extends BaseModel.with({ UserId: column.id(), FirstName: column.string() }) {
  static override naming = 'preserve';
  static override tableName = 'Users';
  static override connectionName = 'legacy';
}
