import type {
  DefinitionOf,
  KeyOf,
  PolymorphicName,
  RecordOf,
  TargetOf,
  TextName,
  ValueOf,
} from '../../record/definition-types.ts';
import type { Subquery } from '../../relation/operators.ts';
import type { Relation } from '../../relation/query.ts';
import type { Comparison, JsonAt, JsonCondition, JsonName, JsonPath } from '../../relation/query-conditions.ts';
import type { Name, Where } from '../../relation/query-types.ts';
import type { Sql } from '../../sql/template.ts';
import { type AnyClass, all } from '../query-of.ts';

/** Conditions, on the model itself: `User.where(…)` is `User.all().where(…)`. `Query` documents them. */
export abstract class ConditionStatics {
  /** All records, as a query to add to; scopes are called on it: `User.all().adults()`. */
  static all<M extends AnyClass>(this: M): Relation<M> {
    return all(this);
  }

  /** All records, without the class's default scope. */
  static unscoped<M extends AnyClass>(this: M): Relation<M> {
    return all(this, false);
  }

  /** {@link Query.where} */
  static where<M extends AnyClass>(this: M, conditions: Where<DefinitionOf<M>> | Sql): Relation<M> {
    return all(this).where(conditions);
  }

  /** {@link Query.whereNot} */
  static whereNot<M extends AnyClass>(this: M, conditions: Where<DefinitionOf<M>> | Sql): Relation<M> {
    return all(this).whereNot(conditions);
  }

  /** {@link Query.excluding} */
  static excluding<M extends AnyClass>(
    this: M,
    ...records: readonly (RecordOf<M> | KeyOf<DefinitionOf<M>> | readonly (RecordOf<M> | KeyOf<DefinitionOf<M>>)[])[]
  ): Relation<M> {
    return all(this).excluding(...records);
  }

  /** {@link Query.whereColumn} */
  static whereColumn<M extends AnyClass>(
    this: M,
    left: Name<DefinitionOf<M>>,
    operator: Comparison,
    right: Name<DefinitionOf<M>>,
  ): Relation<M> {
    return all(this).whereColumn(left, operator, right);
  }

  /** {@link Query.whereJson} */
  static whereJson<
    M extends AnyClass,
    K extends JsonName<DefinitionOf<M>>,
    const P extends JsonPath<NonNullable<ValueOf<DefinitionOf<M>[K]>>>,
  >(
    this: M,
    name: K,
    path: P,
    condition: JsonCondition<JsonAt<NonNullable<ValueOf<DefinitionOf<M>[K]>>, P>>,
  ): Relation<M> {
    return all(this).whereJson(name, path, condition);
  }

  /** {@link Query.whereMatch} */
  static whereMatch<M extends AnyClass>(
    this: M,
    names: TextName<DefinitionOf<M>> | readonly TextName<DefinitionOf<M>>[],
    text: string,
  ): Relation<M> {
    return all(this).whereMatch(names, text);
  }

  /** {@link Query.whereType} */
  static whereType<M extends AnyClass, const K extends PolymorphicName<DefinitionOf<M>>>(
    this: M,
    name: K,
    models: TargetOf<DefinitionOf<M>, K> | readonly TargetOf<DefinitionOf<M>, K>[],
  ): Relation<M> {
    return all(this).whereType(name, models);
  }

  /** {@link Query.whereExists} */
  static whereExists<M extends AnyClass>(this: M, query: Subquery | Sql): Relation<M> {
    return all(this).whereExists(query);
  }

  /** {@link Query.whereNotExists} */
  static whereNotExists<M extends AnyClass>(this: M, query: Subquery | Sql): Relation<M> {
    return all(this).whereNotExists(query);
  }
}
