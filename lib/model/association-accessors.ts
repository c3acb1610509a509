import type { AssociationGetters } from '../associations/association-set.ts';
import { AssociationReference } from '../associations/reference.ts';
import { InvalidQuery } from '../errors/query.ts';
import { ensureLink } from '../record/links.ts';
import type { RecordState } from '../record/state.ts';
import type { Reflection } from '../relation/source.ts';
import { asModel, gettersKey, type ModelClass } from './model-class.ts';
import { collectionClassOf, sourceOf } from './relation-class.ts';

/** Gives a class the associations of its definition, after those of its parent. */
export function defineAssociations(model: object, parent: ModelClass, own: AssociationGetters): void {
  const getters = Object.freeze({ ...parent[gettersKey], ...own });
  Object.defineProperty(model, gettersKey, { value: getters });
  for (const name of Object.keys(own)) {
    Object.defineProperty(asModel(model).prototype, name, {
      get(this: RecordState) {
        return associationOf(this, name);
      },
      set(this: RecordState) {
        throw new InvalidQuery(`${this.constructor.name}.${name} is an association, which is not assigned with =.`, {
          hint: `Write record.${name}.set(…).`,
        });
      },
      enumerable: false,
      configurable: true,
    });
  }
}

/** What the program is given for an association of a record: always the same object. */
function associationOf(record: RecordState, name: string): object {
  const reflection = reflectionOf(record, name);
  const link = ensureLink(record, reflection.index);
  link.handle ??= makeHandle(record, reflection);
  return link.handle;
}

function reflectionOf(record: RecordState, name: string): Reflection {
  return sourceOf(asModel(record.constructor)).associations.get(name);
}

function makeHandle(record: RecordState, reflection: Reflection): object {
  if (!reflection.isCollection) return new AssociationReference(record, reflection);
  const target = asModel(reflection.target.model);
  return new (collectionClassOf(target))(record, reflection, sourceOf(target));
}
