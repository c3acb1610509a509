/** A row for each kind of operation: what it does, how it fails, and whether it is undone. */
import type { MigrationOperation } from '../../lib/migrations/dsl/operations.ts';
import type { Features } from '../../lib/sql/dialect.ts';

export type Kind = MigrationOperation['kind'];

export interface Row {
  /** What tells it from the others of its kind. */
  readonly name?: string;
  /** The third operation, which is done before the one that fails. */
  readonly works: string;
  /** The same kind of operation where it cannot be done; none where it cannot fail. */
  readonly fails: string | undefined;
  /** What the message calls the one that fails. */
  readonly called?: string;
  /** It can be undone without a loss. */
  readonly undone: boolean | ((features: Features) => boolean);
  /** What has to be there before. */
  readonly setup?: string;
  /** Whether the database can do it at all. */
  readonly possible?: (features: Features) => boolean;
}

const hasComments = ({ comments }: Features) => comments;
const hasVisibility = ({ schema }: Features) => schema.indexVisibility !== undefined;

export const tableKinds = {
  createTable: [
    {
      works: "this.createTable('tags', { id: column.id(), label: column.string().index() })",
      fails: "this.createTable('first', { id: column.id() })",
      undone: true,
    },
    {
      name: 'of a join',
      works: "this.createJoinTable('teams', 'users')",
      fails: "this.createJoinTable('nowhere', 'users')",
      undone: true,
    },
  ],
  dropTable: [
    { works: "this.dropTable('spare')", fails: "this.dropTable('nowhere')", undone: false },
    {
      name: 'of a join',
      setup: "this.createJoinTable('teams', 'users')",
      works: "this.dropJoinTable('teams', 'users')",
      fails: "this.dropJoinTable('nowhere', 'users')",
      undone: false,
    },
  ],
  renameTable: [
    { works: "this.renameTable('spare', 'kept')", fails: "this.renameTable('nowhere', 'kept')", undone: true },
  ],
  addColumn: [
    {
      works: "this.addColumn('users', 'email', column.string().nullable().unique())",
      fails: "this.addColumn('users', 'name', column.string().nullable())",
      undone: true,
    },
    {
      name: 'that refers',
      works: "this.addReference('users', 'boss', { table: 'users', nullable: true })",
      fails: "this.addReference('users', 'lead', { table: 'teams', nullable: true })",
      undone: true,
    },
    {
      name: 'that refers to several tables',
      works: "this.addReference('users', 'subject', { polymorphic: true, nullable: true })",
      fails: "this.addReference('nowhere', 'subject', { polymorphic: true, nullable: true })",
      undone: true,
    },
    {
      name: 'timestamps',
      works: "this.addTimestamps('users', { nullable: true })",
      fails: "this.addTimestamps('nowhere', { nullable: true })",
      undone: true,
    },
  ],
  removeColumn: [
    {
      works: "this.removeColumn('users', 'teamId', column.integer().nullable())",
      fails: "this.removeColumn('users', 'nothing')",
      undone: false,
    },
    {
      name: 'that refers',
      setup: "this.addReference('users', 'boss', { table: 'users', nullable: true })",
      works: "this.removeReference('users', 'boss', { table: 'users', nullable: true })",
      fails: "this.removeReference('users', 'nothing')",
      undone: false,
    },
  ],
  renameColumn: [
    {
      works: "this.renameColumn('users', 'name', 'fullName')",
      fails: "this.renameColumn('users', 'nothing', 'fullName')",
      undone: true,
    },
  ],
  changeColumn: [
    {
      name: 'to a wider one',
      works: "this.changeColumn('users', 'name', column.string(80), column.string(40))",
      fails: "this.changeColumn('users', 'nothing', column.string(80), column.string(40))",
      undone: ({ alterColumns }) => alterColumns,
    },
    {
      name: 'to a narrower one',
      works: "this.changeColumn('users', 'name', column.string(20), column.string(40))",
      fails: "this.changeColumn('nowhere', 'name', column.string(20), column.string(40))",
      undone: false,
    },
    {
      name: 'from what is not said',
      works: "this.changeColumn('users', 'name', column.string(80))",
      fails: "this.changeColumn('users', 'nothing', column.string(80))",
      undone: false,
    },
  ],
  changeColumnDefault: [
    {
      works: "this.changeColumnDefault('users', 'age', { from: null, to: 1 })",
      fails: "this.changeColumnDefault('users', 'nothing', { from: null, to: 1 })",
      undone: ({ alterColumns }) => alterColumns,
    },
    {
      name: 'from what is not said',
      works: "this.changeColumnDefault('users', 'age', { to: 1 })",
      fails: "this.changeColumnDefault('users', 'nothing', { to: 1 })",
      undone: false,
    },
  ],
  changeColumnNull: [
    {
      works: "this.changeColumnNull('users', 'age', false, 1)",
      fails: "this.changeColumnNull('users', 'nothing', false, 1)",
      undone: false,
    },
  ],
  changeComment: [
    {
      name: 'of a column',
      works: "this.changeColumnComment('users', 'age', { from: null, to: 'in years' })",
      fails: "this.changeColumnComment('users', 'nothing', { from: null, to: 'in years' })",
      undone: true,
      possible: hasComments,
    },
    {
      name: 'of a table',
      works: "this.changeTableComment('users', { from: null, to: 'people' })",
      fails: "this.changeTableComment('nowhere', { from: null, to: 'people' })",
      undone: true,
      possible: hasComments,
    },
  ],
  addIndex: [
    {
      works: "this.addIndex('users', ['name', 'age'], { unique: true })",
      fails: "this.addIndex('users', 'nothing')",
      undone: true,
    },
  ],
  removeIndex: [
    {
      works: "this.removeIndex('users', 'name', { name: 'by_name' })",
      fails: "this.removeIndex('users', 'age')",
      undone: true,
    },
    {
      name: 'by name',
      works: "this.removeIndex('users', { name: 'by_name' })",
      fails: "this.removeIndex('users', { name: 'by_nothing' })",
      undone: false,
    },
  ],
  renameIndex: [
    {
      works: "this.renameIndex('users', 'by_name', 'names')",
      fails: "this.renameIndex('users', 'by_nothing', 'names')",
      undone: true,
    },
  ],
  setIndexVisibility: [
    {
      works: "this.disableIndex('users', { name: 'by_name' })",
      fails: "this.disableIndex('users', { name: 'by_nothing' })",
      undone: true,
      possible: hasVisibility,
    },
  ],
} satisfies Partial<Record<Kind, readonly Row[]>>;
