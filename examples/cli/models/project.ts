import { BaseModel, column, hasMany, type Validations } from 'active-record-ts';
import { Entry } from './entry.ts';

export class Project extends BaseModel.with({
  id: column.id(),
  name: column
    .string(40)
    .unique()
    .normalize((name) => name.trim().toLowerCase()),
  entriesCount: column.integer().default(0),
  get entries() {
    return hasMany(Entry, { dependent: 'destroy' });
  },
}) {
  static validations = {
    name: { format: { with: /^[\w-]+$/, message: 'is of letters, digits and hyphens' }, uniqueness: true },
  } satisfies Validations<typeof Project>;
}
