import pluralize from 'pluralize';
import { InvalidDefinition } from '../errors/definition.ts';
import type { Reflection, Source, Step } from '../relation/source.ts';
import { associationList, scopesOf } from './steps.ts';

/** The association of the model in between that leads to the target: named like this one, or its singular or plural. */
export function sourceOfThrough(reflection: Reflection, through: Reflection): Reflection {
  const { declaration, name, label } = reflection;
  const between = through.target;
  const names =
    declaration.source === undefined
      ? [...new Set([name, pluralize.singular(name), pluralize.plural(name)])]
      : [declaration.source];
  for (const each of names) {
    const found = between.associations.find(each);
    if (found !== undefined) return found;
  }
  throw new InvalidDefinition(
    `${label} goes through ${through.label} and looks for ${names.map((each) => `"${each}"`).join(' or ')} of ${between.modelName}, which has ${associationList(between)}.`,
    { hint: "Name the one that is meant: { source: '…' }." },
  );
}

/** All steps of the association in between, and then those of the model in between to the target. */
export function throughSteps(reflection: Reflection): readonly Step[] {
  const { through, source, label } = reflection;
  if (through === undefined || source === undefined || through === reflection)
    throw new InvalidDefinition(`${label} goes through itself.`);
  for (const each of [through, source]) {
    if (each.needsOwner)
      throw new InvalidDefinition(`${label} goes through ${each.label}, whose scope asks for its owner.`, {
        hint: 'Write a scope with one parameter.',
      });
  }
  for (const each of [through, source]) {
    if (each.declaration.pick !== undefined)
      throw new InvalidDefinition(`${label} goes through ${each.label}, which picks one of several rows.`, {
        hint: 'Go through an association with all of them, or load the two one after the other.',
      });
  }
  const last = sourceSteps(reflection, source);
  const final = last.at(-1);
  if (final === undefined || !final.source.isKin(reflection.target)) {
    throw new InvalidDefinition(
      `${label} leads to ${reflection.target.modelName}, but ${source.label} leads to ${final?.source.modelName ?? 'nothing'}.`,
      { hint: 'Name the right source, or the right model.' },
    );
  }
  const scoped: Step = { ...final, source: reflection.target, scopes: [...final.scopes, ...scopesOf(reflection)] };
  return inOneDatabase(reflection, [...through.steps, ...last.slice(0, -1), scoped]);
}

/** The owner may be elsewhere: its keys are given as values. @throws InvalidDefinition where a statement would have to reach two databases */
export function inOneDatabase({ label }: Reflection, steps: readonly Step[]): readonly Step[] {
  const names = [...new Set(steps.map(({ source }) => source.connectionName))];
  if (names.length < 2) return steps;
  throw new InvalidDefinition(`${label} goes through tables of several databases: ${names.join(', ')}.`, {
    hint: 'No statement can join them: load the two associations one after the other.',
  });
}

/** Of a polymorphic source the way to one kind: the one that is named, or that of the target. */
function sourceSteps(reflection: Reflection, source: Reflection): readonly Step[] {
  if (source.variants === undefined) return source.steps;
  const kind = reflection.declaration.sourceType ?? storedName(source, reflection.target);
  const step = kind === undefined ? undefined : source.variants.get(kind);
  if (step !== undefined) return [step];
  throw new InvalidDefinition(
    `${reflection.label} looks for the kind ${kind === undefined ? reflection.target.modelName : `"${kind}"`} of ${source.label}, which has ${[...source.variants.keys()].join(', ')}.`,
    { hint: `Name one of them: { sourceType: '${[...source.variants.keys()][0]}' }.` },
  );
}

function storedName(source: Reflection, target: Source): string | undefined {
  for (const [name, step] of source.variants ?? []) if (step.source.isKin(target)) return name;
  return undefined;
}
