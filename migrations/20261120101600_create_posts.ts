import { column, Migration } from 'active-record-ts';

export default class CreatePosts extends Migration {
  change() {
    this.createTable('posts', {
      id: column.id(),
      title: column.string(),
      body: column.text().nullable(),
      authorId: column.references('users', { onDelete: 'cascade' }),
      ...column.timestamps(),
    });
  }
}
