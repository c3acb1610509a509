import { InvalidDefinition } from '../errors/definition.ts';
import { type Attribute, columnsNotLoaded } from '../record/attribute.ts';
import { requireComparable } from '../relation/comparable.ts';
import { ShapingQuery } from '../relation/shaping-query.ts';
import type { Reflection, Source, Step } from '../relation/source.ts';

// The way from one table to another: which attributes of the two have the same values.

/** The association's own order and scope, as the step to its target applies them. */
export function scopesOf({ declaration: { scope, order }, label }: Reflection): Step['scopes'] {
  const ordered = order === undefined ? [] : [{ scope: (query: unknown) => orderedBy(query, order), label }];
  return scope === undefined ? ordered : [...ordered, { scope, label }];
}

function orderedBy(query: unknown, order: unknown): unknown {
  return query instanceof ShapingQuery ? query.order(order) : query;
}

/** @throws InvalidDefinition, with what was looked for and what is there */
export function attributeOf(reflection: Reflection, source: Source, name: string, option: string): Attribute {
  const { attributes } = source;
  if (attributes === undefined) throw columnsNotLoaded(source.modelName);
  const found = attributes.find(name);
  if (found !== undefined) return found;
  throw new InvalidDefinition(
    `${reflection.label} looks for the attribute "${name}" of ${source.modelName}, which has ${list(attributes.all)}.`,
    { hint: `Declare it, or name the one that is meant: { ${option}: '…' }.` },
  );
}

const list = (attributes: readonly Attribute[]): string => {
  const names = attributes.map(({ name }) => name);
  return names.length > 12 ? `${names.slice(0, 12).join(', ')} and ${names.length - 12} more` : names.join(', ');
};

/** `author` refers by `authorId`; where columns are named otherwise, by `author_id` or `AuthorId`. */
function keyNames(name: string): readonly string[] {
  return [`${name}Id`, `${name}_id`, `${name.charAt(0).toUpperCase()}${name.slice(1)}Id`];
}

/** The first of these attributes that a model has. */
function firstOf(source: Source, names: readonly string[]): string | undefined {
  if (source.attributes === undefined) throw columnsNotLoaded(source.modelName);
  return names.find((name) => source.attributes?.find(name) !== undefined);
}

/** What a foreign key refers to: the named attributes, or the primary key. */
export function referred(reflection: Reflection, source: Source): readonly Attribute[] {
  const { primaryKey } = reflection.declaration;
  if (primaryKey !== undefined) return primaryKey.map((name) => attributeOf(reflection, source, name, 'primaryKey'));
  if (source.attributes === undefined) throw columnsNotLoaded(source.modelName);
  const { keys } = source.attributes;
  if (keys.length > 0) return keys;
  throw new InvalidDefinition(`${reflection.label} refers to ${source.modelName}, which has no primary key.`, {
    hint: "Name the attribute that it refers to: { primaryKey: '…' }.",
  });
}

/** Pairs of attributes that are compared: as many on either side, and of kinds that can be. */
export function pair(reflection: Reflection, step: Step): Step {
  if (step.from.length !== step.to.length) {
    const names = (attributes: readonly Attribute[]) => attributes.map(({ label }) => label).join(', ');
    throw new InvalidDefinition(
      `The keys of ${reflection.label} do not fit together: ${names(step.from)} and ${names(step.to)}.`,
      { hint: "Name as many attributes in foreignKey as the key has: { foreignKey: ['…', '…'] }." },
    );
  }
  step.from.forEach((attribute, index) => {
    const other = step.to[index];
    if (other !== undefined) requireComparable(attribute, other);
  });
  return step;
}

/** From the record with the foreign key to the one that it refers to. */
export function belongsToStep(reflection: Reflection, target: Source, type?: string): Step {
  const { owner, declaration, name } = reflection;
  const to = referred(reflection, target);
  const given = declaration.foreignKey ?? [firstOf(owner, keyNames(name)) ?? (to.length > 1 ? '' : `${name}Id`)];
  if (given[0] === '') throw compositeKey(reflection, to);
  const from = given.map((each) => attributeOf(reflection, owner, each, 'foreignKey'));
  const fromType = type === undefined ? undefined : { attribute: typeAttributeOf(reflection), value: type };
  return pair(reflection, {
    source: target,
    from,
    to,
    fromType,
    toType: undefined,
    scopes: scopesOf(reflection),
  });
}

function compositeKey(reflection: Reflection, to: readonly Attribute[]): InvalidDefinition {
  return new InvalidDefinition(
    `${reflection.label} refers to a key of ${to.length} columns (${to.map(({ name }) => name).join(', ')}).`,
    { hint: `Name the attributes that hold it, in that order: { foreignKey: [${to.map(() => "'…'").join(', ')}] }.` },
  );
}

/** The attribute with the stored name of a polymorphic target: `ownerType` for `owner`. */
export function typeAttributeOf(reflection: Reflection): Attribute {
  const { owner, declaration, name } = reflection;
  const upper = `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
  const given = declaration.foreignType ?? firstOf(owner, [`${name}Type`, `${name}_type`, `${upper}Type`]);
  return attributeOf(reflection, owner, given ?? `${name}Type`, 'foreignType');
}

/** The ways of a polymorphic belongsTo, by the stored name of each kind. */
export function polymorphicSteps(reflection: Reflection, targets: readonly Source[]): ReadonlyMap<string, Step> {
  const steps = new Map<string, Step>();
  for (const target of targets) {
    if (steps.has(target.polymorphicName)) {
      throw new InvalidDefinition(
        `${reflection.label} leads to two models that are stored as "${target.polymorphicName}".`,
        { hint: "Give one of them another name: static polymorphicName = '…'." },
      );
    }
    steps.set(target.polymorphicName, belongsToStep(reflection, target, target.polymorphicName));
  }
  return steps;
}

/** From a record to those that refer to it. */
export function hasStep(reflection: Reflection, target: Source): Step {
  const { owner, declaration } = reflection;
  const from = referred(reflection, owner);
  if (declaration.as !== undefined) {
    const opposite = target.associations.find(declaration.as);
    const [variant] = opposite?.variants?.values() ?? [];
    if (opposite?.typeAttribute === undefined || variant === undefined) {
      throw new InvalidDefinition(
        `${reflection.label} looks for a polymorphic belongsTo "${declaration.as}" of ${target.modelName}, which has ${associationList(target)}.`,
        { hint: `Declare there: get ${declaration.as}() { return belongsTo(polymorphic([${owner.modelName}])); }.` },
      );
    }
    if (opposite.variants?.has(owner.polymorphicName) !== true) {
      throw new InvalidDefinition(
        `${reflection.label} leads to ${opposite.label}, which does not lead back to ${owner.modelName}.`,
        { hint: `Add ${owner.modelName} to its list: polymorphic([…, ${owner.modelName}]).` },
      );
    }
    const toType = { attribute: opposite.typeAttribute, value: owner.polymorphicName };
    return pair(reflection, {
      source: target,
      from,
      to: variant.from,
      fromType: undefined,
      toType,
      scopes: scopesOf(reflection),
    });
  }
  const names = declaration.foreignKey ?? inferredKey(reflection, target, from);
  const to = names.map((name) => attributeOf(reflection, target, name, 'foreignKey'));
  return pair(reflection, {
    source: target,
    from,
    to,
    fromType: undefined,
    toType: undefined,
    scopes: scopesOf(reflection),
  });
}

/** `userId`, after the class that declares it or one above that; else the key of the only belongsTo that leads back. */
function inferredKey(reflection: Reflection, target: Source, from: readonly Attribute[]): readonly string[] {
  const { owner } = reflection;
  const wanted = owner.declarer(reflection.name).lineage.map((name) => name.charAt(0).toLowerCase() + name.slice(1));
  const conventional = from.length > 1 ? undefined : firstOf(target, wanted.flatMap(keyNames));
  if (conventional !== undefined) return [conventional];
  const back = target.associations.all.filter(
    ({ declaration, models }) =>
      declaration.kind === 'belongsTo' && !declaration.polymorphic && models.some((model) => model.isKin(owner)),
  );
  const [only] = back;
  if (only !== undefined && back.length === 1) return only.foreignKey.map(({ name }) => name);
  const looked = from.length > 1 ? '' : ` the attribute ${wanted.map((name) => `"${name}Id"`).join(' or ')}, or`;
  const there = back.length > 1 ? `${back.length} (${back.map(({ name }) => name).join(', ')})` : 'none';
  throw new InvalidDefinition(
    `${reflection.label} looks in ${target.modelName} for${looked} one belongsTo that leads to ${owner.modelName}; there is ${there}. ${target.modelName} has the attributes ${list(target.attributes?.all ?? [])}.`,
    { hint: "Name the attribute: { foreignKey: '…' }." },
  );
}

export function associationList(source: Source): string {
  const names = source.associations.all.map(({ name }) => name);
  return names.length === 0 ? 'no associations' : `the associations ${names.join(', ')}`;
}
