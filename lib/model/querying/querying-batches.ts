import type { DefinitionOf, KeyOf, RecordOf } from '../../record/definition-types.ts';
import type { BatchOptions, EachOptions, QueryBatch } from '../../relation/batch-options.ts';
import type { CursorPage } from '../../relation/cursor-pages.ts';
import type { Page, PageOptions } from '../../relation/pages.ts';
import type { Relation } from '../../relation/query.ts';
import type { CursorPageOptions } from '../../relation/query-batches.ts';
import { type AnyClass, all } from '../query-of.ts';
import { ShapeStatics } from './querying-shape.ts';

/** Reading piece by piece, and within limits, on the model itself. `Query` documents the methods. */
export abstract class BatchStatics extends ShapeStatics {
  /** {@link Query.findEach} */
  static findEach<M extends AnyClass>(
    this: M,
    options?: EachOptions<KeyOf<DefinitionOf<M>>>,
  ): AsyncGenerator<RecordOf<M>, void> {
    return all(this).findEach(options);
  }

  /** {@link Query.findInBatches} */
  static findInBatches<M extends AnyClass>(
    this: M,
    options?: BatchOptions<KeyOf<DefinitionOf<M>>>,
  ): AsyncGenerator<RecordOf<M>[], void> {
    return all(this).findInBatches(options);
  }

  /** {@link Query.inBatches} */
  static inBatches<M extends AnyClass>(
    this: M,
    options?: BatchOptions<KeyOf<DefinitionOf<M>>>,
  ): AsyncGenerator<QueryBatch<Relation<M>, KeyOf<DefinitionOf<M>>>, void> {
    return all(this).inBatches(options);
  }

  /** {@link Query.paginate} */
  static paginate<M extends AnyClass>(this: M, options?: PageOptions): Promise<Page<RecordOf<M>>> {
    return all(this).paginate(options);
  }

  /** {@link Query.cursorPaginate} */
  static cursorPaginate<M extends AnyClass>(
    this: M,
    options?: CursorPageOptions<DefinitionOf<M>>,
  ): Promise<CursorPage<RecordOf<M>>> {
    return all(this).cursorPaginate(options);
  }

  /** {@link Query.explain} */
  static explain<M extends AnyClass>(this: M, options?: { readonly analyze?: boolean }): Promise<string> {
    return all(this).explain(options);
  }

  /** {@link Query.signal} */
  static signal<M extends AnyClass>(this: M, signal: AbortSignal): Relation<M> {
    return all(this).signal(signal);
  }

  /** {@link Query.timeout} */
  static timeout<M extends AnyClass>(this: M, milliseconds: number): Relation<M> {
    return all(this).timeout(milliseconds);
  }
}
