import { column, Migration } from 'active-record-ts';

export default class CreateProjectsAndEntries extends Migration {
  change() {
    this.createTable('projects', {
      id: column.id(),
      name: column.string(40).unique(),
      entriesCount: column.integer().default(0),
    });
    this.createTable('entries', {
      id: column.id(),
      projectId: column.references('projects'),
      note: column.string(200).nullable(),
      startedAt: column.datetime().index(),
      stoppedAt: column.datetime().nullable(),
    });
  }
}
