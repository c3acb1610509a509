/** Models with associations of every kind, as the suites on querying by association ask for them. */
import {
  BaseModel,
  belongsTo,
  column,
  hasAndBelongsToMany,
  hasMany,
  hasOne,
  polymorphic,
  type Query,
  sql,
} from '../../lib/index.ts';

export class Company extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  get employees() {
    return hasMany(Employee);
  },
  get projects() {
    return hasMany(Project, { through: 'employees' });
  },
  get tags() {
    return hasMany(Tag, { through: 'projects' });
  },
}) {}

export class Employee extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  level: column.integer(),
  companyId: column.references('companies').nullable(),
  managerId: column.references('employees').nullable(),
  get company() {
    return belongsTo(Company, { optional: true });
  },
  get manager() {
    return belongsTo(Employee, { optional: true });
  },
  get reports() {
    return hasMany(Employee, { foreignKey: 'managerId' });
  },
  get badge() {
    return hasOne(Badge);
  },
  get projects() {
    return hasMany(Project);
  },
  get active() {
    return hasMany(Project, { scope: (projects: Query<typeof Project>) => projects.where({ active: true }) });
  },
  get best() {
    return hasOne(Project, { latest: 'rank' });
  },
  get notes() {
    return hasMany(Note, { as: 'subject' });
  },
  get follows() {
    return hasMany(Follow);
  },
  get followed() {
    return hasMany(Project, { through: 'follows', source: 'target', sourceType: 'project' });
  },
}) {}

export class Badge extends BaseModel.with({
  id: column.id(),
  code: column.string(),
  employeeId: column.references('employees'),
  get employee() {
    return belongsTo(Employee);
  },
  get company() {
    return hasOne(Company, { through: 'employee' });
  },
}) {}

export class Project extends BaseModel.with({
  id: column.id(),
  title: column.string(),
  rank: column.integer(),
  active: column.boolean().default(true),
  budget: column.decimal(20, 2).nullable(),
  employeeId: column.references('employees').nullable(),
  get employee() {
    return belongsTo(Employee, { optional: true });
  },
  get company() {
    return hasOne(Company, { through: 'employee' });
  },
  get tags() {
    return hasAndBelongsToMany(Tag);
  },
  get notes() {
    return hasMany(Note, { as: 'subject' });
  },
}) {}

/** Hidden ones are for nobody: a default scope that says the name of its table. */
export class Tag extends BaseModel.with({
  id: column.id(),
  word: column.string(),
  hidden: column.integer().default(0),
  get projects() {
    return hasAndBelongsToMany(Project);
  },
}) {
  static defaultScope = (tags: Query<typeof Tag>) => tags.where(sql`tags.hidden = 0`);
}

/** The rows of the join table, to write them. */
export class ProjectTag extends BaseModel.with({
  projectId: column.references('projects').primaryKey(),
  tagId: column.references('tags').primaryKey(),
}) {
  static override tableName = 'projects_tags';
}

export class Note extends BaseModel.with({
  id: column.id(),
  body: column.string(),
  subjectId: column.bigint().nullable(),
  subjectType: column.string(40).nullable(),
  get subject() {
    return belongsTo(polymorphic([Project, Employee]), { optional: true });
  },
}) {}

export class Follow extends BaseModel.with({
  id: column.id(),
  employeeId: column.references('employees'),
  targetId: column.bigint(),
  targetType: column.string(40),
  get employee() {
    return belongsTo(Employee);
  },
  get target() {
    return belongsTo(polymorphic([Project, Company]));
  },
}) {}

/** A key of two columns. */
export class Bay extends BaseModel.with({
  hall: column.integer().primaryKey(),
  number: column.integer().primaryKey(),
  label: column.string(),
  get crates() {
    return hasMany(Crate, { foreignKey: ['hall', 'bay'] });
  },
}) {}

export class Crate extends BaseModel.with({
  id: column.id(),
  hall: column.integer().nullable(),
  bay: column.integer().nullable(),
  get place() {
    return belongsTo(Bay, { foreignKey: ['hall', 'bay'], optional: true });
  },
}) {}

export const graphModels = [Company, Employee, Badge, Project, Tag, ProjectTag, Note, Follow, Bay, Crate];
