import { BaseModel, belongsTo, column, type Query, type Validations } from 'active-record-ts';
import { Project } from './project.ts';

export class Entry extends BaseModel.with({
  id: column.id(),
  projectId: column.references('projects'),
  note: column.string(200).nullable(),
  startedAt: column.datetime(),
  stoppedAt: column.datetime().nullable(),
  get project() {
    return belongsTo(Project, { counterCache: true });
  },
}) {
  static scopes = {
    running: (entries: Query<typeof Entry>) => entries.where({ stoppedAt: null }),
  };

  static validations = {
    stoppedAt: { comparison: { greaterThan: { attribute: 'startedAt' } } },
    $record: {
      custom: async () => ((await Entry.all().running().exists()) ? 'Another entry is running' : undefined),
      on: 'create',
    },
  } satisfies Validations<typeof Entry>;

  /** Whole minutes, until now where it is still running. */
  minutes(now: Date): number {
    return Math.round(((this.stoppedAt ?? now).getTime() - this.startedAt.getTime()) / 60_000);
  }
}
