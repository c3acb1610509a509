/** Rows of the association graph, and what is associated with what, worked out in plain JavaScript. */
import { Badge, Bay, Company, Crate, Employee, Follow, Note, Project, ProjectTag, Tag } from './association-graph.ts';

type Row = Readonly<Record<string, unknown>>;

/** Numbers that follow from a seed, the same in every run. */
function numbers(seed: number): (most: number) => number {
  let state = seed;
  return (most) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((state / 2 ** 31) * most);
  };
}

const random = numbers(20_261_120);
const many = (count: number, make: (id: number) => Row): Row[] =>
  Array.from({ length: count }, (_, index) => make(index + 1));
const maybe = (most: number): number | null => (random(4) === 0 ? null : random(most) + 1);

const companies = many(4, (id) => ({ id, name: `c${id % 3}` }));
const employees = many(12, (id) => ({
  id,
  name: `e${id % 4}`,
  level: random(3),
  companyId: maybe(3),
  managerId: id === 1 ? null : maybe(id - 1),
}));
const badges = many(6, (id) => ({ id, code: `b${id % 3}`, employeeId: id * 2 }));
const projects = many(14, (id) => ({
  id,
  title: `p${id % 4}`,
  rank: random(4),
  active: random(2) === 0,
  budget: `${random(9)}.50`,
  employeeId: maybe(9),
}));
const tags = many(6, (id) => ({ id, word: `t${id % 3}`, hidden: id === 6 ? 1 : 0 }));
const projectTags = projects.flatMap(({ id }) =>
  tags.filter(() => random(3) === 0).map((tag) => ({ projectId: id, tagId: tag.id })),
);
const notes = many(14, (id) => ({
  id,
  body: `n${id % 3}`,
  subjectId: random(6) === 0 ? null : BigInt(random(10) + 1),
  subjectType: random(6) === 0 ? null : random(2) === 0 ? 'project' : 'employee',
}));
const follows = many(16, (id) => ({
  id,
  employeeId: random(12) + 1,
  targetId: BigInt(random(5) + 1),
  targetType: id % 2 === 0 ? 'project' : 'company',
}));
const bays = [0, 1, 2, 3].map((index) => ({
  hall: (index >> 1) + 1,
  number: (index % 2) + 1,
  label: `l${index % 3}`,
}));
const crates = many(8, (id) => ({ id, hall: maybe(2), bay: maybe(2) }));

export const tables = { companies, employees, badges, projects, tags, projectTags, notes, follows, bays, crates };

/** Writes all of it into the connected database. */
export async function populate(): Promise<void> {
  const models = [Company, Employee, Badge, Project, Tag, ProjectTag, Note, Follow, Bay, Crate];
  const rows = [companies, employees, badges, projects, tags, projectTags, notes, follows, bays, crates];
  for (const [index, model] of models.entries()) await model.unscoped().insertAll(rows[index] as never);
}

const refers = (rows: readonly Row[], value: unknown): Row[] => rows.filter(({ id }) => id === value);
const visible = tags.filter(({ hidden }) => hidden === 0);
const once = (rows: readonly Row[]): Row[] => [...new Set(rows)];
const projectsOf = ({ id }: Row) => projects.filter(({ employeeId }) => employeeId === id);
const employeesOf = ({ id }: Row) => employees.filter(({ companyId }) => companyId === id);
const tagsOf = ({ id }: Row) =>
  visible.filter((tag) => projectTags.some(({ projectId, tagId }) => projectId === id && tagId === tag.id));
const notesOf = (type: string) => (row: Row) =>
  notes.filter(({ subjectId, subjectType }) => subjectType === type && subjectId === BigInt(row.id as number));

/** One association of the reference. */
export interface Way {
  readonly target: ModelName;
  /** The attribute with the key, of a belongsTo. */
  readonly key?: string;
  rows(row: Row): readonly Row[];
}

export const world = {
  company: {
    model: Company,
    rows: companies,
    attributes: { name: ['c0', 'c1', 'c2'] },
    ways: {
      employees: { target: 'employee', rows: employeesOf },
      projects: { target: 'project', rows: (row) => once(employeesOf(row).flatMap(projectsOf)) },
      tags: { target: 'tag', rows: (row) => once(employeesOf(row).flatMap(projectsOf).flatMap(tagsOf)) },
    },
  },
  employee: {
    model: Employee,
    rows: employees,
    attributes: { name: ['e0', 'e1', 'e2', 'e3'], level: [0, 1, 2] },
    ways: {
      company: { target: 'company', key: 'companyId', rows: (row) => refers(companies, row.companyId) },
      manager: { target: 'employee', key: 'managerId', rows: (row) => refers(employees, row.managerId) },
      reports: { target: 'employee', rows: ({ id }) => employees.filter(({ managerId }) => managerId === id) },
      badge: { target: 'badge', rows: ({ id }) => badges.filter(({ employeeId }) => employeeId === id) },
      projects: { target: 'project', rows: projectsOf },
      active: { target: 'project', rows: (row) => projectsOf(row).filter(({ active }) => active === true) },
      best: {
        target: 'project',
        rows: (row) =>
          [...projectsOf(row)]
            .sort((a, b) => Number(b.rank) - Number(a.rank) || Number(b.id) - Number(a.id))
            .slice(0, 1),
      },
      notes: { target: 'note', rows: notesOf('employee') },
      follows: { target: 'follow', rows: ({ id }) => follows.filter(({ employeeId }) => employeeId === id) },
      followed: {
        target: 'project',
        rows: ({ id }) =>
          projects.filter((project) =>
            follows.some(
              ({ employeeId, targetId, targetType }) =>
                employeeId === id && targetType === 'project' && targetId === BigInt(project.id as number),
            ),
          ),
      },
    },
  },
  badge: {
    model: Badge,
    rows: badges,
    attributes: { code: ['b0', 'b1', 'b2'] },
    ways: {
      employee: { target: 'employee', key: 'employeeId', rows: (row) => refers(employees, row.employeeId) },
      company: {
        target: 'company',
        rows: (row) => refers(employees, row.employeeId).flatMap(({ companyId }) => refers(companies, companyId)),
      },
    },
  },
  project: {
    model: Project,
    rows: projects,
    attributes: { title: ['p0', 'p1', 'p2', 'p3'], rank: [0, 1, 2, 3] },
    ways: {
      employee: { target: 'employee', key: 'employeeId', rows: (row) => refers(employees, row.employeeId) },
      company: {
        target: 'company',
        rows: (row) => refers(employees, row.employeeId).flatMap(({ companyId }) => refers(companies, companyId)),
      },
      tags: { target: 'tag', rows: tagsOf },
      notes: { target: 'note', rows: notesOf('project') },
    },
  },
  tag: {
    model: Tag,
    rows: visible,
    attributes: { word: ['t0', 't1', 't2'] },
    ways: {
      projects: {
        target: 'project',
        rows: ({ id }) =>
          projects.filter((project) =>
            projectTags.some(({ projectId, tagId }) => projectId === project.id && tagId === id),
          ),
      },
    },
  },
  note: { model: Note, rows: notes, attributes: { body: ['n0', 'n1', 'n2'] }, ways: {} },
  follow: {
    model: Follow,
    rows: follows,
    attributes: { targetType: ['project', 'company'] },
    ways: { employee: { target: 'employee', key: 'employeeId', rows: (row) => refers(employees, row.employeeId) } },
  },
} satisfies Record<string, ReferenceModel>;

export type ModelName = 'company' | 'employee' | 'badge' | 'project' | 'tag' | 'note' | 'follow';
interface ReferenceModel {
  readonly model: unknown;
  readonly rows: readonly Row[];
  readonly attributes: Readonly<Record<string, readonly unknown[]>>;
  readonly ways: Readonly<Record<string, Way>>;
}
export const reference: Readonly<Record<ModelName, ReferenceModel>> = world;
