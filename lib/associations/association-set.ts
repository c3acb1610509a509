import { UnknownAssociation } from '../errors/association.ts';
import { ActiveRecordError } from '../errors/base.ts';
import { InvalidDefinition } from '../errors/definition.ts';
import { Association } from '../record/association.ts';
import type { Associations, Reflection, Source } from '../relation/source.ts';
import { didYouMean } from '../support/suggest.ts';
import { AssociationReflection } from './reflection.ts';

/** The getters of a definition that return associations, by name. */
export type AssociationGetters = Readonly<Record<string, () => unknown>>;

/**
 * The associations of a model. Each is looked at when it is first asked for: by then the modules of all models have been
 * loaded, also where they import each other in a circle.
 */
export class AssociationSet implements Associations {
  readonly #owner: Source;
  readonly #getters: ReadonlyMap<string, () => unknown>;
  readonly #sourceOf: (model: object) => Source;
  readonly #made = new Map<string, Reflection>();
  readonly #positions: ReadonlyMap<string, number>;

  constructor(owner: Source, getters: AssociationGetters, sourceOf: (model: object) => Source) {
    this.#owner = owner;
    this.#getters = new Map(Object.entries(getters));
    this.#positions = new Map([...this.#getters.keys()].map((name, index) => [name, index]));
    this.#sourceOf = sourceOf;
  }

  get all(): readonly Reflection[] {
    return [...this.#getters.keys()].map((name) => this.get(name));
  }

  find(name: string): Reflection | undefined {
    const made = this.#made.get(name);
    if (made !== undefined) return made;
    const getter = this.#getters.get(name);
    return getter === undefined ? undefined : this.#make(name, getter);
  }

  get(name: unknown): Reflection {
    const found = typeof name === 'string' ? this.find(name) : undefined;
    if (found !== undefined) return found;
    const { modelName } = this.#owner;
    const shown = typeof name === 'string' ? JSON.stringify(name.slice(0, 80)) : `of type ${typeof name}`;
    throw new UnknownAssociation(`${modelName} has no association ${shown}.`, {
      hint:
        this.#getters.size === 0
          ? `${modelName} declares none.`
          : typeof name === 'string'
            ? didYouMean(name, this.#getters.keys())
            : 'A name is a string.',
    });
  }

  /** What the getter returns. Often it cannot yet name a model whose module is only just being loaded. */
  #declared(label: string, getter: () => unknown): unknown {
    try {
      return getter();
    } catch (error) {
      if (error instanceof ActiveRecordError) throw error;
      throw new InvalidDefinition(
        `The getter of ${label} threw: ${error instanceof Error ? error.message : String(error)}.`,
        {
          cause: error,
          hint: 'It has to return belongsTo(…), hasMany(…) or the like, of a model that is imported and already defined.',
        },
      );
    }
  }

  #make(name: string, getter: () => unknown): Reflection {
    const label = `${this.#owner.modelName}.${name}`;
    const association = this.#declared(label, getter);
    if (!(association instanceof Association)) {
      throw new InvalidDefinition(`The getter "${name}" of ${this.#owner.modelName} does not return an association.`, {
        hint: `Write get ${name}() { return hasMany(…); }; a getter of another kind stands in the class itself.`,
      });
    }
    const reflection = new AssociationReflection({
      owner: this.#owner,
      name,
      label,
      index: this.#positions.get(name) ?? 0,
      declaration: association.declaration,
      sourceOf: this.#sourceOf,
    });
    this.#made.set(name, reflection);
    return reflection;
  }
}
