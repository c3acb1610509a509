import { column, Migration } from 'active-record-ts';

export default class CreateUsers extends Migration {
  change() {
    this.createTable('users', {
      id: column.id(),
      name: column.string(),
      age: column.integer().nullable(),
      ...column.timestamps(),
    });
    this.addIndex('users', ['name']);
  }
}
