import type { ColumnSpec, DdlOperation, OnlineSpec } from '../sql/ddl/spec.ts';
import type { SchemaStep } from './schema-step.ts';

/** What a change has to do with the names of its table. */
interface Footprint {
  /** Columns that it makes, changes or takes away. */
  readonly columns: readonly string[];
  readonly renamed: readonly string[];
  /** Columns that it only goes by. */
  readonly uses: readonly string[];
  /** It holds SQL, which may go by any column. */
  readonly holdsSql: boolean;
  /** Indexes and keys that it makes or renames, and those that it takes away. */
  readonly made: readonly string[];
  readonly removed: readonly string[];
}

const none: Footprint = { columns: [], renamed: [], uses: [], holdsSql: false, made: [], removed: [] };

function footprintOf(change: DdlOperation): Footprint {
  switch (change.kind) {
    case 'addColumn':
    case 'changeColumn': {
      const { name, position, generated, computedDefault }: ColumnSpec = change.column;
      const uses = position !== undefined && 'after' in position ? [position.after] : [];
      return { ...none, columns: [name], uses, holdsSql: (generated ?? computedDefault) !== undefined };
    }
    case 'renameColumn':
      return { ...none, columns: [change.from, change.to], renamed: [change.from, change.to] };
    case 'removeColumn':
    case 'changeColumnDefault':
    case 'changeColumnNull':
    case 'changeColumnComment':
      return { ...none, columns: [change.column] };
    case 'addIndex': {
      const { name, columns, parts } = change.index;
      const holdsSql = parts?.some(({ expression }) => expression !== undefined) === true;
      return { ...none, uses: columns, holdsSql, made: [name] };
    }
    case 'addUnique':
      return { ...none, uses: change.unique.columns, made: [change.unique.name] };
    case 'addForeignKey':
      return { ...none, uses: change.foreignKey.columns, made: [`key ${change.foreignKey.name}`] };
    case 'addCheck':
      return { ...none, holdsSql: true, made: [`check ${change.check.name}`] };
    case 'renameIndex':
      return { ...none, made: [change.from, change.to] };
    case 'setIndexVisibility':
      return { ...none, made: [change.name] };
    case 'removeIndex':
      return { ...none, removed: [change.name] };
    case 'removeForeignKey':
      return { ...none, removed: [`key ${change.name}`] };
    case 'removeConstraint':
      return { ...none, removed: [change.type === 'unique' ? change.name : `check ${change.name}`] };
    default:
      return none;
  }
}

/**
 * Whether one statement cannot hold both: servers look up the names of some changes in the table as it was, and those of
 * others in the table as it will be.
 */
function conflicts(earlier: Footprint, later: Footprint): boolean {
  const share = (some: readonly string[], others: readonly string[]) => some.some((name) => others.includes(name));
  return (
    share(earlier.columns, later.columns) ||
    share(earlier.uses, later.renamed) ||
    (earlier.holdsSql && later.renamed.length > 0) ||
    (later.holdsSql && earlier.renamed.length > 0) ||
    // The index of a key has to be there, under the name that its column has then.
    share(earlier.made, [...later.made, ...later.removed]) ||
    // An index is replaced at once; a key is not.
    share(
      earlier.removed.filter((name) => name.includes(' ')),
      later.made,
    )
  );
}

/** The steps with as many changes as possible in one statement, in their order. */
export function inBulk(table: string, steps: readonly SchemaStep[], online: OnlineSpec): SchemaStep[] {
  const joined: SchemaStep[] = [];
  let changes: DdlOperation[] = [];
  let footprints: Footprint[] = [];
  const finish = () => {
    if (changes.length > 0) joined.push({ kind: 'alterTable', table, changes, online });
    changes = [];
    footprints = [];
  };
  for (const step of steps) {
    if (step.kind === 'execute') {
      finish();
      joined.push(step);
      continue;
    }
    const footprint = footprintOf(step);
    if (footprints.some((earlier) => conflicts(earlier, footprint))) finish();
    changes.push(step);
    footprints.push(footprint);
  }
  finish();
  return joined;
}
