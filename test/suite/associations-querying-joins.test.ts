// Tables of associations joined by name, and their columns in orders and plucks.
import { BaseModel, belongsTo, column, gt, gte, sql, transaction } from 'active-record-ts';
import { beforeAll, describe, expect, it } from 'vitest';
import { Badge, Company, Crate, Employee, graphModels, Project } from '../support/association-graph.ts';
import { populate, tables, world } from '../support/association-world.ts';
import { describeModels, errorBeforeSending, statementsOf } from '../support/models.ts';

/** A table named like an association of its own, and like a column of the other. */
class Node extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  nodeId: column.references('node').nullable(),
  weight: column.decimal(30, 10).nullable(),
  size: column.float().nullable(),
  big: column.bigint().nullable(),
  get node() {
    return belongsTo(Node, { optional: true });
  },
}) {
  static override tableName = 'node';
}

const { employees, projects, companies } = tables;
type Row = Readonly<Record<string, unknown>>;
const loose = (value: unknown) => value as never;
const nameOf = (rows: readonly Row[], id: unknown) => rows.find((row) => row.id === id)?.name ?? null;
const companyNameOf = (employeeId: unknown) =>
  nameOf(companies, employees.find(({ id }) => id === employeeId)?.companyId);

describeModels('joins by association', [...graphModels, Node], (database) => {
  beforeAll(populate);

  it('name each table after its association, nested by the path', async () => {
    const found = await Company.joins({ employees: ['projects', 'manager'] })
      .where(sql`employees_projects.title = ${'p1'} AND employees_manager.level >= ${0}`)
      .order('id')
      .ids();
    const rows = companies.flatMap((company) =>
      world.company.ways.employees
        .rows(company)
        .filter(({ managerId }) => managerId !== null)
        .flatMap((employee) => world.employee.ways.projects.rows(employee).filter(({ title }) => title === 'p1'))
        .map(() => company.id),
    );
    expect(found).toEqual(rows);
    expect(await Company.joins('employees', 'projects').distinct().order('id').ids()).toEqual(
      companies.filter((row) => world.company.ways.projects.rows(row).length > 0).map(({ id }) => id),
    );
  });

  it('keep rows without any with leftJoins, and none with joins', async () => {
    const orphans = projects.filter(({ employeeId }) => employeeId === null);
    expect(await Project.leftJoins('employee').where(sql`employee.id IS NULL`).count()).toBe(orphans.length);
    expect(await Project.joins('employee').count()).toBe(projects.length - orphans.length);
    expect(await Project.leftJoins('employee').joins('employee').count()).toBe(projects.length - orphans.length);
    expect(await Project.leftJoins('tags').distinct().count()).toBe(projects.length);
  });

  it('join what a hasOne picks, default scopes and other kinds', async () => {
    expect(await Employee.joins('best').count()).toBe(
      employees.filter((row) => world.employee.ways.projects.rows(row).length > 0).length,
    );
    expect(await Project.joins('tags').where(sql`tags.word = ${'t0'}`).order('id').ids()).toEqual(
      projects.flatMap((row) =>
        world.project.ways.tags
          .rows(row)
          .filter(({ word }) => word === 't0')
          .map(() => row.id),
      ),
    );
    expect(await Employee.joins('notes').distinct().count()).toBe(
      employees.filter((row) => world.employee.ways.notes.rows(row).length > 0).length,
    );
    expect(await Employee.joins('followed').distinct().order('id').ids()).toEqual(
      employees.filter((row) => world.employee.ways.followed.rows(row).length > 0).map(({ id }) => id),
    );
    expect(await Crate.joins('place').where(sql`place.label = ${'l1'}`).count()).toBe(
      await Crate.where({ place: { label: 'l1' } }).count(),
    );
  });

  it('give a table that is there already a number', async () => {
    const { sql: text } = Node.joins({ node: 'node' }).toSQL();
    expect(text.replace(/[`"]/g, '')).toContain(
      'FROM node INNER JOIN node AS node_2 ON node_2.id = node.node_id INNER JOIN node AS node_node ON node_node.id = node_2.node_id',
    );
    expect(await Node.joins({ node: 'node' }).order(loose('node.node.name')).ids()).toEqual([]);
  });

  describe('columns of a record that an association leads to', () => {
    it('order rows, by one join however often they are named', async () => {
      const query = Project.order('employee.name', 'desc', { nulls: 'last' })
        .order({ 'employee.level': 'asc', id: 'desc' })
        .joins('employee');
      expect(query.toSQL().sql.match(/JOIN/g)).toHaveLength(1);
      const levelOf = (row: Row) => Number(employees.find(({ id }) => id === row.employeeId)?.level);
      const ordered = projects
        .filter(({ employeeId }) => employeeId !== null)
        .sort(
          (a, b) =>
            String(nameOf(employees, b.employeeId)).localeCompare(String(nameOf(employees, a.employeeId))) ||
            levelOf(a) - levelOf(b) ||
            Number(b.id) - Number(a.id),
        )
        .map(({ id }) => id);
      expect(await query.ids()).toEqual(ordered);
      expect((await query.first())?.id).toBe(ordered[0]);
      expect((await query.last())?.id).toBe(ordered.at(-1));
      expect(await query.reverseOrder().limit(3).ids()).toEqual(ordered.slice(-3).reverse());
      expect((await query.paginate({ page: 2, perPage: 4 })).records.map(({ id }) => id)).toEqual(ordered.slice(4, 8));
      expect(await query.unscope('joins').count()).toBe(projects.length);
      expect(await query.count()).toBe(ordered.length);
      expect(await query.limit(5).count()).toBe(5);
      expect(query.reorder('id').unscope('joins').toSQL().sql).not.toContain('JOIN');
    });

    it('are plucked by the type of their column, with null where there is no record', async () => {
      expect(await Project.order('id').pluck('title', 'employee.name')).toEqual(
        projects.map(({ title, employeeId }) => [title, nameOf(employees, employeeId)]),
      );
      expect(await Badge.order('id').pluck('company.name')).toEqual(
        tables.badges.map(({ employeeId }) => companyNameOf(employeeId)),
      );
      expect(await Project.order('id').pluck(loose('employee.company.name'))).toEqual(
        projects.map(({ employeeId }) => companyNameOf(employeeId)),
      );
      expect(await Project.order('employee.id', 'desc', { nulls: 'last' }).pick('employee.id')).toBe(
        Math.max(...projects.map(({ employeeId }) => Number(employeeId ?? 0))),
      );
      expect(await Project.order('id').pluck('id', 'employee.id', 'employee.companyId')).toEqual(
        projects.map(({ id, employeeId }) => [
          id,
          employeeId,
          employees.find((each) => each.id === employeeId)?.companyId ?? null,
        ]),
      );
      const statements = await statementsOf(() => Project.pluck('employee.name', 'employee.level'));
      expect(statements.join().match(/JOIN/g)).toHaveLength(1);
      const root = await Node.create({ name: 'a', weight: '1.5000000000', size: 16_777_216, big: 2n ** 62n });
      await Node.create({ name: 'b', nodeId: root.id });
      expect(await Node.order('id').pluck('node.weight', 'node.size', 'node.big', 'node.name')).toEqual([
        [null, null, null, null],
        ['1.5000000000', 16_777_216, 2n ** 62n, 'a'],
      ]);
    });

    it('are not joined where no order is needed, and leave only the own rows locked', async () => {
      const query = Project.order('employee.name').order('id');
      const statements = await statementsOf(async () => {
        await query.count();
        await Employee.where({ projects: query }).count();
        await Employee.whereHas('projects', (each) => each.order('employee.name'), { count: gt(1) }).count();
      });
      expect(statements.join()).not.toContain('JOIN');
      const locked = await transaction(async () => query.lock().limit(3));
      expect(locked?.map(({ id }) => id)).toEqual(await query.limit(3).ids());
    });

    it('are no place to go on from for cursors and batches, which say so', async () => {
      const query = Project.order('employee.id');
      expect((await errorBeforeSending(() => query.cursorPaginate())).code).toBe('AR_QUERY_INVALID');
      expect((await errorBeforeSending(() => query.findInBatches().next())).code).toBe('AR_QUERY_INVALID');
      expect((await errorBeforeSending(() => Project.joins('tags').findInBatches().next())).message).toMatch(
        /several times/,
      );
      const seen: number[] = [];
      for await (const each of Project.joins('employee').findEach({ size: 2 })) seen.push(each.id);
      expect(seen).toEqual(projects.filter(({ employeeId }) => employeeId !== null).map(({ id }) => id));
    });
  });

  it('are merged, combined and nested in other queries', async () => {
    const titled = Project.joins('employee').where(sql`employee.name = ${'e1'}`);
    const wanted = await Project.where({ employee: { name: 'e1' } })
      .order('id')
      .ids();
    expect(await Project.leftJoins('employee').merge(titled).order('id').ids()).toEqual(wanted);
    expect(await Project.where({ id: titled }).order('id').ids()).toEqual(wanted);
    expect(await Employee.where({ projects: titled }).order('id').ids()).toEqual(
      await Employee.where({ name: 'e1', projects: {} }).order('id').ids(),
    );
    expect(await Employee.whereHas('projects', (each) => each.joins('employee'), { count: gt(0) }).count()).toBe(
      await Employee.whereHas('projects').count(),
    );
    expect(await titled.union(Project.where({ rank: gte(9) })).count()).toBe(wanted.length);
    expect(
      await titled
        .union(Project.where({ rank: gte(9) }))
        .order('employee.name')
        .count(),
    ).toBe(wanted.length);
    expect((await errorBeforeSending(() => Project.where({ rank: 1 }).or(titled))).code).toBe('AR_QUERY_INVALID');
    expect(
      await Project.where({ rank: 1 })
        .or(Project.where({ rank: 2 }).order('employee.name'))
        .count(),
    ).toBe(await Project.where({ rank: [1, 2] }).count());
  });

  it('order what is loaded with records, so many for each', async () => {
    const found = await Company.includes({
      projects: (each) => each.order('employee.name').order('id').limit(2),
    }).order('id');
    for (const company of found) {
      const wanted = [...world.company.ways.projects.rows({ id: company.id })].sort(
        (a, b) =>
          String(nameOf(employees, a.employeeId)).localeCompare(String(nameOf(employees, b.employeeId))) ||
          Number(a.id) - Number(b.id),
      );
      expect(company.projects.map(({ id }) => id)).toEqual(wanted.slice(0, 2).map(({ id }) => id));
    }
  });

  it('are refused where they mean nothing', async () => {
    const cases: readonly (readonly [() => unknown, string, RegExp])[] = [
      [() => Project.joins(loose('emploee')), 'AR_ASSOCIATION_UNKNOWN', /Did you mean "employee"/],
      [() => Company.joins(loose({ employees: 'projecs' })), 'AR_ASSOCIATION_UNKNOWN', /Did you mean "projects"/],
      [() => Project.joins(loose({ employee: () => 1 })), 'AR_QUERY_INVALID', /no function/],
      [() => Reflect.apply(Project.joins, Project, []), 'AR_QUERY_INVALID', /at least one/],
      [() => Project.joins(loose(1)), 'AR_QUERY_INVALID', /names of associations/],
      [() => Project.joins('employee').joins('employee', sql`1 = 1`), 'AR_QUERY_INVALID', /"employee"/],
      [() => Project.joins('Employee', sql`1 = 1`).order('employee.name'), 'AR_QUERY_INVALID', /another name/],
      [() => Company.order(loose('employees.name')), 'AR_QUERY_INVALID', /several rows/],
      [() => Company.pluck(loose('employees.name')), 'AR_QUERY_INVALID', /several rows/],
      [() => Project.order(loose('employee.nam')), 'AR_ATTRIBUTE_UNKNOWN', /Did you mean "name"/],
      [() => Project.order(loose('emploee.name')), 'AR_ATTRIBUTE_UNKNOWN', /Did you mean "employee"/],
      [() => Project.pluck(loose('employee.manger.name')), 'AR_ASSOCIATION_UNKNOWN', /Did you mean "manager"/],
      [() => Project.order(loose('employee.')), 'AR_ATTRIBUTE_UNKNOWN', /no attribute ""/],
      [() => Project.order(loose('.name')), 'AR_ATTRIBUTE_UNKNOWN', /".name"/],
      [() => Project.order(loose('employee')), 'AR_ATTRIBUTE_UNKNOWN', /"employee"/],
      [() => Project.order('employee.name', loose('desc; --')), 'AR_QUERY_INVALID', /direction/],
      [() => Project.order(loose('employee.__proto__')), 'AR_ATTRIBUTE_UNKNOWN', /__proto__/],
    ];
    for (const [run, code, message] of cases) {
      const error = await errorBeforeSending(async () => await run());
      expect(`${error.code} ${error.message}`, run.toString()).toMatch(message);
      expect(error.code, run.toString()).toBe(code);
    }
    if (database.dialect !== 'sqlite') return;
    // Kept as text: its order, and what is greater, would be that of text.
    for (const query of [
      Node.order('node.weight'),
      Node.where({ node: { weight: gt('1.0') } }),
      Node.whereHas('node', (each) => each.where({ weight: gt('1.0') })),
      Node.where({ id: Node.where({ weight: gt('1.0') }) }),
    ]) {
      expect((await errorBeforeSending(() => query.ids())).code).toBe('AR_CAPABILITY_MISSING');
    }
  });
});
