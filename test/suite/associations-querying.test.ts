// Conditions by association, kind by kind, compared with plain JavaScript over the same rows.
import { anyOf, BaseModel, belongsTo, column, gt, gte, hasMany, lte, not, type Query, sql } from 'active-record-ts';
import { beforeAll, describe, expect, it } from 'vitest';
import { Badge, Bay, Company, Crate, Employee, graphModels, Note, Project, Tag } from '../support/association-graph.ts';
import { populate, tables, world } from '../support/association-world.ts';
import { describeModels, errorBeforeSending, statementsOf } from '../support/models.ts';

const { employees, projects, notes, crates, bays } = tables;
type Row = Readonly<Record<string, unknown>>;
const idsOf = (rows: readonly Row[], test: (row: Row) => unknown) => rows.filter(test).map(({ id }) => id);
const { ways } = world.employee;
class Here extends BaseModel.with({
  id: column.id(),
  thereId: column.integer(),
  get there() {
    return belongsTo(There);
  },
}) {
  static defaultScope = (heres: Query<typeof Here>) => heres.where({ there: {} });
}
class There extends BaseModel.with({
  id: column.id(),
  get heres() {
    return hasMany(Here);
  },
}) {
  static defaultScope = (theres: Query<typeof There>) => theres.where({ heres: {} });
}

/** Whatever a program without types may give. */
const loose = (value: unknown) => value as never;

describeModels('conditions by association', graphModels, () => {
  beforeAll(populate);

  describe('of a belongsTo', () => {
    it('compare the foreign key with a record, records, and none, without looking into another table', async () => {
      const [one, two] = [await Employee.find(2), await Employee.find(3)];
      const statements = await statementsOf(async () => {
        expect(await Project.where({ employee: one }).order('id').ids()).toEqual(
          idsOf(projects, ({ employeeId }) => employeeId === 2),
        );
        expect(
          await Project.where({ employee: [one, two] })
            .order('id')
            .ids(),
        ).toEqual(idsOf(projects, ({ employeeId }) => employeeId === 2 || employeeId === 3));
        expect(await Project.where({ employee: anyOf([one, two]) }).count()).toBe(
          idsOf(projects, ({ employeeId }) => employeeId === 2 || employeeId === 3).length,
        );
        expect(await Project.where({ employee: null }).order('id').ids()).toEqual(
          idsOf(projects, ({ employeeId }) => employeeId === null),
        );
        expect(
          await Project.where({ employee: not(null) })
            .order('id')
            .ids(),
        ).toEqual(idsOf(projects, ({ employeeId }) => employeeId !== null));
        expect(
          await Project.where({ employee: not(one) })
            .order('id')
            .ids(),
        ).toEqual(idsOf(projects, ({ employeeId }) => employeeId !== null && employeeId !== 2));
        expect(await Project.where({ employee: [] }).ids()).toEqual([]);
      });
      expect(statements.filter((each) => /SELECT.*SELECT/.test(each))).toEqual([]);
    });

    it('ask for the columns of the other row, at any depth, and of the same table', async () => {
      expect(
        await Employee.where({ manager: { name: 'e1', manager: { level: lte(2) } } })
          .order('id')
          .ids(),
      ).toEqual(
        idsOf(employees, (row) =>
          ways.manager.rows(row).some((each) => each.name === 'e1' && ways.manager.rows(each).length > 0),
        ),
      );
      expect(await Employee.where({ manager: {} }).order('id').ids()).toEqual(
        idsOf(employees, ({ managerId }) => managerId !== null),
      );
    });

    it('take a query, with a limit too', async () => {
      const first = employees.filter(({ level }) => level === 1).slice(0, 2);
      expect(
        await Project.where({ employee: Employee.where({ level: 1 }).order('id').limit(2) })
          .order('id')
          .ids(),
      ).toEqual(idsOf(projects, ({ employeeId }) => first.some(({ id }) => id === employeeId)));
    });

    it('with a key of two columns', async () => {
      const bay = await Bay.find({ hall: 1, number: 2 });
      expect(await Crate.where({ place: bay }).order('id').ids()).toEqual(
        idsOf(crates, (crate) => crate.hall === 1 && crate.bay === 2),
      );
      expect(await Crate.where({ place: null }).order('id').ids()).toEqual(
        idsOf(crates, (crate) => crate.hall === null || crate.bay === null),
      );
      expect(
        await Crate.where({ place: { label: 'l1' } })
          .order('id')
          .ids(),
      ).toEqual(
        idsOf(crates, ({ hall, bay: number }) =>
          bays.some((each) => each.label === 'l1' && each.hall === hall && each.number === number),
        ),
      );
      const full = bays.filter(({ hall, number }) => crates.some((each) => each.hall === hall && each.bay === number));
      expect(await Bay.whereHas('crates').count()).toBe(full.length);
      expect(await Bay.where({ crates: [await Crate.find(1)] }).count()).toBeLessThanOrEqual(1);
      expect(await Crate.where({ place: Bay.where({ label: 'l1' }) }).count()).toBe(
        await Crate.where({ place: { label: 'l1' } }).count(),
      );
    });

    it('that is polymorphic: by record with its kind, and by a query on one kind', async () => {
      const [project, employee] = [await Project.find(3), await Employee.find(3)];
      const is = (type: string, id: bigint) => (note: Row) => note.subjectType === type && note.subjectId === id;
      expect(await Note.where({ subject: project }).order('id').ids()).toEqual(idsOf(notes, is('project', 3n)));
      expect(
        await Note.where({ subject: [project, employee] })
          .order('id')
          .ids(),
      ).toEqual(idsOf(notes, (note) => is('project', 3n)(note) || is('employee', 3n)(note)));
      expect(await Note.where({ subject: null }).order('id').ids()).toEqual(
        idsOf(notes, ({ subjectId, subjectType }) => subjectId === null || subjectType === null),
      );
      expect(
        await Note.where({ subject: loose(Project.where({ rank: gte(2) })) })
          .order('id')
          .ids(),
      ).toEqual(
        idsOf(
          notes,
          ({ subjectId, subjectType }) =>
            subjectType === 'project' &&
            projects.some(({ id, rank }) => BigInt(id as number) === subjectId && Number(rank) >= 2),
        ),
      );
    });
  });

  describe('of rows that refer here', () => {
    it('are met by one row of several, and give no row twice', async () => {
      expect(
        await Company.where({ projects: { rank: gte(0) } })
          .order('id')
          .ids(),
      ).toEqual(idsOf(tables.companies, (row) => world.company.ways.projects.rows(row).length > 0));
      const project = await Project.find(1);
      expect(await Employee.where({ projects: project }).ids()).toEqual(
        idsOf(employees, ({ id }) => id === project.employeeId),
      );
    });

    it('are of the kind that the step of a through asks for, and no other of the same key', async () => {
      const followed = (row: Row) => ways.followed.rows(row).length;
      const anyKind = idsOf(employees, (row) => ways.follows.rows(row).length > 0);
      const wanted = idsOf(employees, (row) => followed(row) > 0);
      expect(wanted).not.toEqual(anyKind);
      expect(await Employee.where({ followed: {} }).order('id').ids()).toEqual(wanted);
      expect(await Employee.joins('followed').distinct().order('id').ids()).toEqual(wanted);
      for (const count of [0, 1, 2]) {
        expect(await Employee.whereHas('followed', undefined, { count }).order('id').ids()).toEqual(
          idsOf(employees, (row) => followed(row) === count),
        );
      }
    });

    it('mean the row that a hasOne picks, and no other', async () => {
      for (const title of ['p0', 'p1', 'p2', 'p3']) {
        expect(await Employee.where({ best: { title } }).order('id').ids()).toEqual(
          idsOf(employees, (row) => ways.best.rows(row).some((each) => each.title === title)),
        );
      }
    });

    it('apply default scopes that say the name of their table, also where it is there twice', async () => {
      const hidden = await Tag.unscoped().find(6);
      expect(await Project.where({ tags: hidden }).ids()).toEqual([]);
      expect(tables.projectTags.some(({ tagId }) => tagId === 6)).toBe(true);
      expect(await Project.where({ tags: { projects: { tags: { id: 6 } } } }).ids()).toEqual([]);
      const tagsOf = world.project.ways.tags.rows;
      expect(
        await Project.where({ tags: { projects: { tags: { word: 't0' } } } })
          .order('id')
          .ids(),
      ).toEqual(
        idsOf(projects, (row) =>
          tagsOf(row).some((tag) =>
            world.tag.ways.projects.rows(tag).some((each) => tagsOf(each).some(({ word }) => word === 't0')),
          ),
        ),
      );
    });
  });

  it('count different rows, also those that several ways lead to', async () => {
    for (const count of [0, 1, 2, 3, 4]) {
      expect(await Company.whereHas('tags', undefined, { count }).order('id').ids(), String(count)).toEqual(
        idsOf(tables.companies, (row) => world.company.ways.tags.rows(row).length === count),
      );
      expect(
        await Employee.whereHas('projects', (each) => each.where({ rank: gte(1) }), { count: gt(count) })
          .order('id')
          .ids(),
      ).toEqual(
        idsOf(employees, (row) => ways.projects.rows(row).filter(({ rank }) => Number(rank) >= 1).length > count),
      );
    }
    expect(await Employee.whereMissing('projects', 'badge').order('id').ids()).toEqual(
      idsOf(employees, (row) => ways.projects.rows(row).length + ways.badge.rows(row).length === 0),
    );
  });

  it('stand in every place that takes conditions', async () => {
    const boss = await Employee.find(1);
    const count = employees.filter(({ managerId }) => managerId === 1).length;
    expect(await Employee.all().rewhere({ managerId: 2 }).rewhere({ manager: boss }).count()).toBe(count);
    expect(await Employee.where({ manager: boss }).unscope({ where: 'managerId' }).count()).toBe(employees.length);
    expect(await Employee.where({ id: 1 }).or({ manager: boss }).count()).toBe(count + 1);
    expect(
      await Employee.where({ id: not(1) })
        .and({ manager: { id: 1 } })
        .count(),
    ).toBe(count);
    expect(await Employee.all().exists({ reports: { manager: { id: 1 } } })).toBe(count > 0);
    expect((await Employee.order('id').findBy({ manager: boss }))?.managerId).toBe(1);
    expect(await Employee.whereNot({ manager: { name: 'e1' } }).count()).toBe(
      employees.length - idsOf(employees, (row) => ways.manager.rows(row).some(({ name }) => name === 'e1')).length,
    );
    const within = Employee.where({ id: Employee.where({ manager: { id: 1 } }) });
    expect(await within.count()).toBe(count);
    expect(await within.union(Employee.where({ id: 1 })).count()).toBe(count + 1);
    expect(await Employee.from(Employee.where({ manager: boss })).count()).toBe(count);
    expect(
      await Employee.where({ manager: { id: 1 } })
        .limit(1)
        .count(),
    ).toBe(Math.min(1, count));
    const seen: number[] = [];
    for await (const each of Employee.where({ manager: { id: 1 } }).findEach({ size: 1 })) seen.push(each.id);
    expect(seen).toHaveLength(count);
    expect(await Employee.where({ manager: { id: 1 } }).explain()).not.toBe('');
    expect(Employee.where({ manager: { id: 1 } }).toSQL().sql).toContain('EXISTS');
  });

  it('by default scopes that ask for each other end in an error', async () => {
    const error = await errorBeforeSending(() => Here.all());
    expect(`${error.code} ${error.message}`).toMatch(/AR_DEFINITION_INVALID.*without end/);
  });

  it('are refused, before anything is sent, where they are none', async () => {
    const [company, project] = [await Company.find(1), await Project.find(1)];
    const cases: readonly (readonly [() => unknown, string, RegExp])[] = [
      [() => Project.where(loose({ emploee: null })), 'AR_ATTRIBUTE_UNKNOWN', /Did you mean "employee"/],
      [
        () => Project.where(loose({ employee: { nam: 'x' } })),
        'AR_ATTRIBUTE_UNKNOWN',
        /Employee.*Did you mean "name"/s,
      ],
      [() => Project.where(loose({ employee: { compony: {} } })), 'AR_ATTRIBUTE_UNKNOWN', /Did you mean "company"/],
      [() => Project.whereHas(loose('emploee')), 'AR_ASSOCIATION_UNKNOWN', /Did you mean "employee"/],
      [() => Project.whereHas(loose('title')), 'AR_ASSOCIATION_UNKNOWN', /no association/],
      [() => Project.where(loose({ employee: company })), 'AR_QUERY_INVALID', /Employee.*record of Company/],
      [() => Project.where(loose({ employee: [company] })), 'AR_QUERY_INVALID', /record of Company/],
      [() => Employee.where(loose({ projects: company })), 'AR_QUERY_INVALID', /record of Company/],
      [() => Note.where(loose({ subject: company })), 'AR_QUERY_INVALID', /Project or Employee/],
      [() => Project.where({ employee: new Employee({ name: 'x', level: 1 }) }), 'AR_QUERY_INVALID', /not saved/],
      [() => Project.where(loose({ employee: Company.where({ id: 1 }) })), 'AR_QUERY_INVALID', /query on Company/],
      [() => Project.where(loose({ employee: [Employee.all()] })), 'AR_QUERY_INVALID', /list/],
      [() => Project.where(loose({ employee: [{ id: 1 }] })), 'AR_QUERY_INVALID', /list/],
      [() => Project.where(loose({ employee: undefined })), 'AR_QUERY_INVALID', /undefined/],
      [() => Project.where(loose({ employee: 1 })), 'AR_QUERY_INVALID', /employeeId/],
      [() => Project.where(loose({ employee: 'x' })), 'AR_QUERY_INVALID', /employeeId/],
      [() => Project.where(loose({ employee: new Date() })), 'AR_QUERY_INVALID', /Date/],
      [() => Project.where(loose({ employee: new Map() })), 'AR_QUERY_INVALID', /takes a record/],
      [() => Project.where(loose({ employee: Promise.resolve(1) })), 'AR_QUERY_INVALID', /takes a record/],
      [() => Project.where(loose({ employee: gt(1) })), 'AR_QUERY_INVALID', /operator/],
      [() => Project.where(loose({ employee: sql`1` })), 'AR_QUERY_INVALID', /sql/],
      [() => Project.where(loose({ employee: { [Symbol('x')]: 1 } })), 'AR_QUERY_INVALID', /takes a record/],
      [() => Note.where(loose({ subject: { title: 'x' } })), 'AR_QUERY_INVALID', /several models/],
      [() => Note.whereHas(loose('subject')), 'AR_QUERY_INVALID', /several models/],
      [() => Project.where(loose(JSON.parse('{"__proto__":{"id":1}}'))), 'AR_ATTRIBUTE_UNKNOWN', /__proto__/],
      [
        () => Project.where(loose({ employee: JSON.parse('{"constructor":{}}') })),
        'AR_ATTRIBUTE_UNKNOWN',
        /constructor/,
      ],
      [() => Project.whereHas('employee', loose('x')), 'AR_QUERY_INVALID', /function/],
      [
        () =>
          Project.whereHas(
            'employee',
            loose(() => 1),
          ),
        'AR_DEFINITION_INVALID',
        /does not return a query/,
      ],
      [() => Project.whereHas('tags', (each) => each.limit(1)), 'AR_QUERY_INVALID', /limit/],
      [() => Project.whereHas('tags', undefined, loose({ cout: 1 })), 'AR_QUERY_INVALID', /Did you mean "count"/],
      [() => Project.whereHas('tags', undefined, { count: -1 }), 'AR_QUERY_INVALID', /whole number/],
      [() => Project.whereHas('tags', undefined, { count: gte(0.5) }), 'AR_QUERY_INVALID', /whole number/],
      [() => Project.whereHas('tags', undefined, loose({ count: '1' })), 'AR_QUERY_INVALID', /whole number/],
      [() => Project.whereMissing(loose(undefined)), 'AR_QUERY_INVALID', /names/],
    ];
    for (const [run, code, message] of cases) {
      const error = await errorBeforeSending(async () => await run());
      expect(`${error.code} ${error.message}`, run.toString()).toMatch(message);
      expect(error.code, `${run} ${error.stack}`).toBe(code);
    }
    let deep: object = { employee: project };
    for (let level = 0; level < 5_000; level++) deep = { manager: deep };
    const error = await errorBeforeSending(() => Employee.where(loose(deep)));
    expect(error.code).toBe('AR_QUERY_INVALID');
  });

  it('narrow collections, what is loaded with records, and figures about it', async () => {
    const tagged = (row: Row) => world.project.ways.tags.rows(row).some(({ word }) => word === 't1');
    const wanted = tables.companies.map((row) => idsOf(world.company.ways.projects.rows(row), tagged).sort());
    const companies = await Company.includes({ projects: (each) => each.where({ tags: { word: 't1' } }).order('id') })
      .withCount({ projects: (each) => each.where({ tags: { word: 't1' } }) })
      .order('id');
    expect(companies.map(({ projects: found }) => found.map(({ id }) => id).sort())).toEqual(wanted);
    expect(companies.map(({ projectsCount }) => projectsCount)).toEqual(wanted.map(({ length }) => length));
    for (const [index, company] of (await Company.order('id')).entries()) {
      expect((await company.projects.where({ tags: { word: 't1' } }).ids()).sort()).toEqual(wanted[index]);
      expect(await company.projects.whereHas('tags', (tags) => tags.where({ word: 't1' })).count()).toBe(
        wanted[index]?.length,
      );
      const names = await company.projects.joins('employee').order('employee.name').pluck('employee.companyId');
      expect(new Set(names).size).toBeLessThanOrEqual(1);
      expect(await Project.where({ id: company.projects.where({ tags: {} }) }).count()).toBe(
        await company.projects.where({ tags: {} }).count(),
      );
      expect(await Company.where({ projects: loose(company.projects) }).exists({ id: company.id })).toBe(
        (await company.projects.count()) > 0,
      );
    }
  });

  it('find a badge by the company of its employee', async () => {
    const companies = world.badge.ways.company.rows;
    expect(
      await Badge.where({ company: { name: 'c1' } })
        .order('id')
        .ids(),
    ).toEqual(idsOf(tables.badges, (row) => companies(row).some(({ name }) => name === 'c1')));
  });
});
