// Rows that are written or deleted by conditions on their associations.
import { not, sql } from 'active-record-ts';
import { beforeEach, expect, it } from 'vitest';
import {
  Badge,
  Bay,
  Company,
  Crate,
  Employee,
  Follow,
  graphModels,
  Note,
  Project,
  ProjectTag,
} from '../support/association-graph.ts';
import { populate, tables, world } from '../support/association-world.ts';
import { describeModels, emptyBeforeEach, errorOf } from '../support/models.ts';

const { employees, projects } = tables;
const loose = (value: unknown) => value as never;

describeModels('writes by association', graphModels, () => {
  emptyBeforeEach('badges', 'follows', 'notes', 'projects_tags', 'tags', 'projects');
  beforeEach(async () => {
    await Employee.all().updateAll({ managerId: null }, { everyRow: true });
    await Employee.all().deleteAll({ everyRow: true });
    for (const model of [Company, Bay, Crate]) await model.all().deleteAll({ everyRow: true });
    await populate();
  });

  const ofLevel = (level: number) =>
    projects
      .filter(({ employeeId }) => employees.some((each) => each.id === employeeId && each.level === level))
      .map(({ id }) => id);

  it('update the rows whose associated rows meet a condition', async () => {
    const before = await Project.where({ rank: 99 }).count();
    expect(before).toBe(0);
    expect(await Project.where({ employee: { level: 1 } }).updateAll({ rank: 99 })).toBe(ofLevel(1).length);
    expect(await Project.where({ rank: 99 }).order('id').ids()).toEqual(ofLevel(1));
    expect(await Project.where({ rank: 99, employee: { level: 1 } }).updateCounters({ rank: 1 })).toBe(
      ofLevel(1).length,
    );
    expect(await Project.where({ rank: 100 }).order('employee.name').limit(1).updateAll({ rank: 7 })).toBe(1);
    expect(await Project.order('employee.name').where({ rank: 100 }).updateAll({ rank: 8 })).toBe(
      ofLevel(1).length - 1,
    );
    expect(await Project.joins('employee').where(sql`employee.level = ${1}`).updateAll({ rank: 5 })).toBe(
      ofLevel(1).length,
    );
  });

  it('reach the table that is written, in a query within', async () => {
    const managed = employees.filter((row) => world.employee.ways.manager.rows(row).some(({ level }) => level === 1));
    const names = managed.map(({ id }) => id);
    expect(await Employee.where({ manager: { level: 1 } }).updateAll({ name: 'managed' })).toBe(names.length);
    expect(await Employee.where({ name: 'managed' }).order('id').ids()).toEqual(names);
    const leaves = employees
      .filter((row) => world.employee.ways.reports.rows(row).length === 0)
      .map(({ id }) => Number(id));
    await Project.all().updateAll({ employeeId: null }, { everyRow: true });
    for (const model of [Badge, Follow]) await model.all().deleteAll({ everyRow: true });
    expect(await Employee.where({ reports: null }).deleteAll()).toBe(leaves.length);
    expect(await Employee.where({ id: leaves }).count()).toBe(0);
    // A key of two columns.
    expect(await Bay.where({ crates: { place: { hall: 1 } } }).updateAll({ label: 'x' })).toBe(
      await Bay.where({ label: 'x' }).count(),
    );
  });

  it('delete and destroy them, and nothing without a condition', async () => {
    await ProjectTag.all().deleteAll({ everyRow: true });
    const count = ofLevel(1).length;
    expect(await Project.all().deleteBy({ employee: { level: 1 } })).toBe(count);
    const destroyed = await Project.where({ employee: { level: 2 } }).destroyAll();
    expect(destroyed.map(({ id }) => id)).toEqual(ofLevel(2));
    expect(await Project.count()).toBe(projects.length - count - destroyed.length);
    for (const conditions of [{ employee: not([]) }, { subject: not([]) }]) {
      const query = 'subject' in conditions ? Note.where(loose(conditions)) : Project.where(loose(conditions));
      expect((await errorOf(() => query.deleteAll())).code, Object.keys(conditions).join()).toBe('AR_EVERY_ROW');
    }
    expect(await Note.where({ subject: [] }).deleteAll()).toBe(0);
  });

  it('find or create by the record that a belongsTo leads to', async () => {
    const employee = await Employee.find(5);
    const made = await Project.all().findOrCreateBy(loose({ employee, title: 'new' }), { id: 500, rank: 1 });
    expect(made).toMatchObject({ employeeId: 5, title: 'new', rank: 1 });
    expect((await Project.all().findOrCreateBy(loose({ employee, title: 'new' }), { id: 500, rank: 1 })).id).toBe(
      made.id,
    );
    expect((await Project.where({ employee }).findOrInitializeBy({ title: 'other' })).employeeId).toBe(5);
    const note = await Note.all().findOrCreateBy(loose({ subject: made, body: 'n' }), { id: 500 });
    expect(note).toMatchObject({ subjectId: BigInt(made.id), subjectType: 'project' });
    expect(await Note.where({ subject: made }).count()).toBe(1);
    const orphan = await Project.all().findOrInitializeBy(loose({ employee: null, title: 'nobody' }), { rank: 1 });
    expect(orphan.employeeId).toBe(null);
    for (const conditions of [{ employee: { name: 'x' } }, { tags: null }, { employee: [employee] }, { emploee: 1 }]) {
      const error = await errorOf(() => Project.all().findOrCreateBy(loose(conditions), { title: 'x', rank: 1 }));
      expect(error.code).toMatch(/AR_QUERY_INVALID|AR_ATTRIBUTE_UNKNOWN/);
    }
  });
});
