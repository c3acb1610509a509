import { BaseModel, column, gte, type Query } from 'active-record-ts';

// The models of the type tests: compiled, never run.

export class User extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  age: column.integer().nullable(),
  preferences: column.json<{ dark: boolean }>().nullable(),
  role: column.enum(['admin', 'member'], { scopes: true }).default('member'),
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
}
/** More columns on the same table. */
export class Manager extends User.with({ budget: column.decimal(12, 2) }) {
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
  userId: column.references('users'),
  ...column.timestamps(),
}) {
  static scopes = { titled: (posts: Query<typeof Post>, title: string) => posts.where({ title }).limit(3) };
}
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
