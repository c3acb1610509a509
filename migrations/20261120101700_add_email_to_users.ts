import { column, Migration } from 'active-record-ts';

export default class AddEmailToUsers extends Migration {
  change() {
    this.addColumn('users', 'email', column.string().nullable().unique());
  }
}
