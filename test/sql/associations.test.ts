// The very text of queries by association, in each dialect.
import { gte, not, sql } from 'active-record-ts';
import { expect, it } from 'vitest';
import { statementOf } from '../../lib/relation/subquery.ts';
import { compile } from '../../lib/sql/compile.ts';
import { mariadbDialect, mysqlDialect } from '../../lib/sql/dialects/mysql.ts';
import { postgresDialect } from '../../lib/sql/dialects/postgres.ts';
import { sqliteDialect } from '../../lib/sql/dialects/sqlite.ts';
import { Bay, Company, Crate, Employee, Note, Project } from '../support/association-graph.ts';

const dialects = {
  mysql: mysqlDialect,
  mariadb: mariadbDialect(10, 11),
  postgres: postgresDialect,
  sqlite: sqliteDialect,
};

/** The text of MySQL, from which those of the others follow: nothing here is a matter of the database. */
function expectSql(query: unknown, expected: string): void {
  for (const [name, dialect] of Object.entries(dialects)) {
    const { sql: text } = compile(statementOf(query as Parameters<typeof statementOf>[0]), dialect);
    let index = 0;
    const wanted = expected.replaceAll('`', dialect.quoteCharacter).replaceAll('?', () => dialect.placeholder(index++));
    expect(text, name).toBe(wanted);
  }
}

const projects = Project.select('id');
const employees = Employee.select('id');

it('ties each query within to the one around it', () => {
  expectSql(
    projects.where({ employee: { name: 'Ada', projects: { title: 'x' } } }),
    'SELECT `id` FROM `projects` WHERE EXISTS (SELECT 1 FROM `employees` WHERE `employees`.`id` = `projects`.`employee_id` AND `employees`.`name` = ? AND EXISTS (SELECT 1 FROM `projects` AS `projects_2` WHERE `projects_2`.`employee_id` = `employees`.`id` AND `projects_2`.`title` = ?))',
  );
  expectSql(
    employees.where({ manager: { manager: {} } }),
    'SELECT `id` FROM `employees` WHERE EXISTS (SELECT 1 FROM `employees` AS `employees_2` WHERE `employees_2`.`id` = `employees`.`manager_id` AND EXISTS (SELECT 1 FROM `employees` AS `employees_3` WHERE `employees_3`.`id` = `employees_2`.`manager_id`))',
  );
});

it('compares the key of a belongsTo', () => {
  expectSql(projects.where({ employee: null }), 'SELECT `id` FROM `projects` WHERE `employee_id` IS NULL');
  expectSql(projects.where({ employee: not(null) }), 'SELECT `id` FROM `projects` WHERE `employee_id` IS NOT NULL');
  expectSql(
    projects.where({ employee: Employee.where({ level: 3 }) }),
    'SELECT `id` FROM `projects` WHERE `employee_id` IN (SELECT `id` FROM `employees` WHERE `level` = ?)',
  );
  expectSql(
    Crate.select('id').where({ place: null }),
    'SELECT `id` FROM `crates` WHERE `hall` IS NULL OR `bay` IS NULL',
  );
  expectSql(
    Note.select('id').where({ subject: Project.where({ rank: 3 }) as never }),
    'SELECT `id` FROM `notes` WHERE `subject_type` = ? AND `subject_id` IN (SELECT `id` FROM `projects` WHERE `rank` = ?)',
  );
});

it('goes by join tables, kinds and keys of several columns', () => {
  expectSql(
    projects.where({ tags: { word: 'x' } }),
    'SELECT `id` FROM `projects` WHERE EXISTS (SELECT 1 FROM `projects_tags` WHERE `projects_tags`.`project_id` = `projects`.`id` AND EXISTS (SELECT 1 FROM `tags` WHERE `tags`.`id` = `projects_tags`.`tag_id` AND (tags.hidden = 0) AND `tags`.`word` = ?))',
  );
  expectSql(
    employees.where({ followed: {} }),
    'SELECT `id` FROM `employees` WHERE EXISTS (SELECT 1 FROM `follows` WHERE `follows`.`employee_id` = `employees`.`id` AND EXISTS (SELECT 1 FROM `projects` WHERE `projects`.`id` = `follows`.`target_id` AND `follows`.`target_type` = ?))',
  );
  expectSql(
    Bay.select('number').whereDoesntHave('crates'),
    'SELECT `number` FROM `bays` WHERE NOT EXISTS (SELECT 1 FROM `crates` WHERE `crates`.`hall` = `bays`.`hall` AND `crates`.`bay` = `bays`.`number`)',
  );
  expectSql(
    employees.where({ best: { title: 'x' } }),
    'SELECT `id` FROM `employees` WHERE EXISTS (SELECT 1 FROM `projects` WHERE `projects`.`employee_id` = `employees`.`id` AND `projects`.`id` = (SELECT `projects_2`.`id` FROM `projects` AS `projects_2` WHERE `projects_2`.`employee_id` = `projects`.`employee_id` ORDER BY `projects_2`.`rank` DESC, `projects_2`.`id` DESC LIMIT 1) AND `projects`.`title` = ?)',
  );
});

it('counts different rows', () => {
  expectSql(
    employees.whereHas('projects', (each) => each.where({ rank: 1 }), { count: gte(3) }),
    'SELECT `id` FROM `employees` WHERE (SELECT COUNT(*) FROM `projects` WHERE `projects`.`employee_id` = `employees`.`id` AND `projects`.`rank` = ?) >= ?',
  );
  expectSql(
    Company.select('id').whereHas('projects', undefined, { count: 2 }),
    'SELECT `id` FROM `companies` WHERE (SELECT COUNT(*) FROM `projects` WHERE EXISTS (SELECT 1 FROM `employees` WHERE `employees`.`id` = `projects`.`employee_id` AND `employees`.`company_id` = `companies`.`id`)) = ?',
  );
});

it('joins associations by their names', () => {
  expectSql(
    projects.joins('employee').where(sql`employee.name = ${'Ada'}`),
    'SELECT `projects`.`id` FROM `projects` INNER JOIN `employees` AS `employee` ON `employee`.`id` = `projects`.`employee_id` WHERE employee.name = ?',
  );
  expectSql(
    Company.select('id').leftJoins({ employees: 'best' }),
    'SELECT `companies`.`id` FROM `companies` LEFT JOIN `employees` ON `employees`.`company_id` = `companies`.`id` LEFT JOIN `projects` AS `employees_best` ON `employees_best`.`employee_id` = `employees`.`id` AND `employees_best`.`id` = (SELECT `projects`.`id` FROM `projects` WHERE `projects`.`employee_id` = `employees_best`.`employee_id` ORDER BY `projects`.`rank` DESC, `projects`.`id` DESC LIMIT 1)',
  );
  expectSql(
    projects.joins('tags'),
    'SELECT `projects`.`id` FROM `projects` INNER JOIN `projects_tags` AS `tags:1` ON `tags:1`.`project_id` = `projects`.`id` INNER JOIN `tags` ON `tags`.`id` = `tags:1`.`tag_id` AND (tags.hidden = 0)',
  );
  expectSql(
    employees.joins({ projects: 'tags' }).select('id'),
    'SELECT `employees`.`id` FROM `employees` INNER JOIN `projects` ON `projects`.`employee_id` = `employees`.`id` INNER JOIN `projects_tags` AS `projects_tags:1` ON `projects_tags:1`.`project_id` = `projects`.`id` INNER JOIN `tags` AS `projects_tags` ON `projects_tags`.`id` = `projects_tags:1`.`tag_id` AND EXISTS (SELECT 1 FROM `tags` WHERE `tags`.`id` = `projects_tags`.`id` AND (tags.hidden = 0))',
  );
});

it('orders by columns of what an association leads to', () => {
  expectSql(
    projects.order('employee.name', 'desc').order({ 'employee.level': 'asc', id: 'asc' }),
    'SELECT `projects`.`id` FROM `projects` LEFT JOIN `employees` AS `employee` ON `employee`.`id` = `projects`.`employee_id` ORDER BY `employee`.`name` DESC, `employee`.`level`, `projects`.`id`',
  );
});
