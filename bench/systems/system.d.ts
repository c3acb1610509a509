/** What a file in this folder exports: one system, as its documentation says that it is used. */
export interface SystemModule {
  /** As in the table of results. */
  readonly name: string;
  /** What it gives for a row: an instance of a class that the user has written, or a plain object. */
  readonly kind: 'instances' | 'plain';
  /** Which databases it is measured on. */
  readonly dialects: readonly Dialect[];
  /** Connects with a pool of 10; the tables are there and full. Loads its libraries here, not when the file is read. */
  open(url: string, dialect: Dialect): Promise<System>;
}

export type Dialect = 'mysql' | 'postgres' | 'sqlite';

/**
 * A user as the system gives it. Each workload is written in the way that the system's documentation shows first, with no
 * option that its user would not find there, and does all that the name says: what is changed is saved, what is loaded
 * are all columns.
 */
export interface System<User = unknown, Post = unknown, Comment = unknown> {
  /** W1, W8: the user of that key. */
  find(id: number): Promise<User>;
  /** W2: `WHERE age = ? ORDER BY id DESC LIMIT 50`. */
  some(age: number): Promise<readonly User[]>;
  /** W3: the users with `id <= 10000`. */
  load(): Promise<readonly User[]>;
  /** W3t: reads each of the ten attributes of one of them as a program does, and adds up something of each. */
  read(user: User): number;
  /** W4: creates one (the system sets createdAt and updatedAt to now where it can, else this does). @returns its key */
  create(attributes: NewUser): Promise<number>;
  /** W5: creates them at once, in the system's way for many. */
  createMany(list: readonly NewUser[]): Promise<void>;
  /** W6: finds one, sets its age to `(age + 1) % 100`, saves it. @returns the new age */
  change(id: number): Promise<number>;
  /** W7: users with keys from `first` to `first + 99`, in order, with their posts, with their comments. */
  nested(first: number): Promise<readonly User[]>;
  posts(user: User): readonly Post[];
  comments(post: Post): readonly Comment[];
  /** W10: posts with keys from `first` to `first + 99` are loaded by one query; then, post by post in a loop, its author is read lazily, as the system does that. @returns the authors' names */
  authorsInTurn(first: number): Promise<readonly string[]>;
  /** W10c: the same under Promise.all. */
  authorsAtOnce(first: number): Promise<readonly string[]>;
  /** Not measured: the values, to compare the systems' answers. Names as in `data.js`; any representation is made canonical. */
  plainUser(user: User): object;
  plainPost(post: Post): object;
  plainComment(comment: Comment): object;
  close(): Promise<void>;
}

export interface NewUser {
  readonly name: string;
  readonly email: string;
  readonly age: number;
  /** A decimal. */
  readonly balance: string;
  readonly active: boolean;
  readonly visits: bigint;
  readonly preferences: object;
}
