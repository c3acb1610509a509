import { attributesOf } from '../metadata.ts';
import { asModel } from '../model-class.ts';
import type { AnyClass } from '../query-of.ts';
import { Querying } from '../querying/querying.ts';
import { sourceOf } from '../relation-class.ts';
import { permit } from './permit.ts';
import type { OwnList, PermitList, PermitOptions, Permitted, PermittedName, WithList } from './types.ts';

/** What a model takes from outside. */
export abstract class Permitting extends Querying {
  /**
   * Takes the named attributes out of a body from outside, with values of their types; whatever else is in it is left out.
   *
   * ```ts
   * const body = untrusted(request.body);
   * await user.update(User.permit(body, ['name', 'age']));
   * await User.create(User.permit(body, ['name', 'age'], { required: ['name'] }));
   * await user.update(User.permit(body, ['name', { postsAttributes: ['id', 'title', 'destroy'] }]));
   * ```
   * @param body - wrapped by {@link untrusted}, or as it came
   * @param list - attributes, and by `postsAttributes` those of associated records; `static permitted` where it is left out
   * @param options - `unpermitted: 'error'`: names outside of the list are an error; `required`: what has to be there
   * @returns a plain object: only what the body has itself
   * @throws InvalidValue (`AR_VALUE_INVALID`) for a body or a value of a wrong type; UnpermittedAttributes
   *   (`AR_ATTRIBUTES_UNPERMITTED`), AttributesRequired (`AR_ATTRIBUTES_REQUIRED`); UnknownAttribute for a name in the list
   */
  static permit<M extends AnyClass, const L extends PermitList<M>, const R extends PermittedName<L> = never>(
    this: M,
    body: unknown,
    list: L,
    options?: PermitOptions<R>,
  ): Permitted<M, L, R>;
  static permit<M extends AnyClass & WithList, const R extends PermittedName<OwnList<M>> = never>(
    this: M,
    body: unknown,
    options?: PermitOptions<R>,
  ): Permitted<M, OwnList<M>, R>;
  static permit(this: AnyClass, body: unknown, ...rest: readonly unknown[]): unknown {
    const model = asModel(this);
    attributesOf(model);
    const [first, second] = rest;
    const hasList = Array.isArray(first) || rest.length > 1;
    return permit(sourceOf(model), body, hasList ? first : Reflect.get(this, 'permitted'), hasList ? second : first);
  }
}
