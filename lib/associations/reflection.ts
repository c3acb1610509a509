import { InvalidDefinition } from '../errors/definition.ts';
import { InvalidQuery } from '../errors/query.ts';
import type { AssociationDeclaration } from '../record/association.ts';
import type { Attribute } from '../record/attribute.ts';
import type { Reflection, Source, Step } from '../relation/source.ts';
import { findInverse } from './inverse.ts';
import { joinTableSource, joinTableSteps } from './join-table.ts';
import { belongsToStep, hasStep, polymorphicSteps, typeAttributeOf } from './steps.ts';
import { inOneDatabase, sourceOfThrough, throughSteps } from './through.ts';

interface Declared {
  readonly owner: Source;
  readonly name: string;
  readonly label: string;
  readonly index: number;
  readonly declaration: AssociationDeclaration;
  readonly sourceOf: (model: object) => Source;
}

/** What follows from a declaration, worked out when it is first asked for and then kept. */
export class AssociationReflection implements Reflection {
  readonly name: string;
  readonly label: string;
  readonly index: number;
  readonly declaration: AssociationDeclaration;
  readonly owner: Source;
  readonly isCollection: boolean;
  readonly isRequired: boolean;
  readonly needsOwner: boolean;
  /** The models that it leads to; one, unless it is polymorphic. */
  readonly targets: readonly Source[];
  #steps: readonly Step[] | undefined;
  #variants: ReadonlyMap<string, Step> | undefined;
  #inverse: { readonly found: Reflection | undefined } | undefined;
  #joinTable: Source | undefined;
  #typeAttribute: Attribute | undefined;
  #foreignKey: readonly Attribute[] | undefined;

  constructor({ owner, name, label, index, declaration, sourceOf }: Declared) {
    this.owner = owner;
    this.name = name;
    this.label = label;
    this.index = index;
    this.declaration = declaration;
    this.isCollection = declaration.kind === 'hasMany' || declaration.kind === 'hasAndBelongsToMany';
    this.isRequired = declaration.kind === 'belongsTo' && !declaration.optional;
    this.needsOwner = declaration.scope !== undefined && declaration.scope.length > 1;
    this.targets = declaration.targets.map((target) => {
      if (typeof target === 'function' && 'connectionName' in target) return sourceOf(target);
      throw new InvalidDefinition(`${label} leads to something that is no model.`, {
        hint: 'Give it a class that extends BaseModel.',
      });
    });
  }

  get variants(): ReadonlyMap<string, Step> | undefined {
    if (!this.declaration.polymorphic) return undefined;
    this.#variants ??= polymorphicSteps(this, this.targets);
    return this.#variants;
  }

  get typeAttribute(): Attribute | undefined {
    if (!this.declaration.polymorphic) return undefined;
    // Asked for with every record.
    this.#typeAttribute ??= typeAttributeOf(this);
    return this.#typeAttribute;
  }

  get steps(): readonly Step[] {
    this.#steps ??= this.#resolve();
    return this.#steps;
  }

  #resolve(): readonly Step[] {
    const { kind, through } = this.declaration;
    if (this.declaration.polymorphic) throw this.#needsKind();
    if (through !== undefined) return throughSteps(this);
    if (kind === 'hasAndBelongsToMany') return inOneDatabase(this, joinTableSteps(this, this.target, this.#join));
    return [kind === 'belongsTo' ? belongsToStep(this, this.target) : hasStep(this, this.target)];
  }

  get #join(): Source {
    this.#joinTable ??= joinTableSource(this, this.target);
    return this.#joinTable;
  }

  #needsKind(): InvalidQuery {
    return new InvalidQuery(`${this.label} leads to several models, so its table cannot be named in a query.`, {
      hint: `Ask for one kind by its attributes, or load them with includes('${this.name}').`,
    });
  }

  get target(): Source {
    const [only] = this.targets;
    if (only === undefined || this.declaration.polymorphic) throw this.#needsKind();
    return only;
  }

  get foreignKey(): readonly Attribute[] {
    this.#foreignKey ??= this.#keyAttributes();
    return this.#foreignKey;
  }

  #keyAttributes(): readonly Attribute[] {
    if (this.declaration.polymorphic) return [...(this.variants?.values() ?? [])][0]?.from ?? [];
    const [step] = this.steps;
    if (step === undefined) return [];
    return this.declaration.kind === 'belongsTo' ? step.from : step.to;
  }

  get inverse(): Reflection | undefined {
    this.#inverse ??= { found: findInverse(this, this.targets) };
    return this.#inverse.found;
  }

  get through(): Reflection | undefined {
    const { through } = this.declaration;
    return through === undefined ? undefined : this.owner.associations.get(through);
  }

  get source(): Reflection | undefined {
    return this.through === undefined ? undefined : sourceOfThrough(this, this.through);
  }

  get models(): readonly Source[] {
    return [...this.targets, ...(this.through?.models ?? []), ...(this.source?.models ?? [])];
  }
}
