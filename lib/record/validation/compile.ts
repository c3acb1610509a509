import { InvalidDefinition } from '../../errors/definition.ts';
import { didYouMean } from '../../support/suggest.ts';
import { describeValue } from '../../types/type.ts';
import type { Attribute } from '../attribute.ts';
import type { RecordState } from '../state.ts';
import {
  absence,
  acceptance,
  confirmation,
  exclusion,
  format,
  inclusion,
  length,
  type Maker,
  type OtherProperties,
  presence,
} from './checks.ts';
import { comparison, numericality } from './numbers.ts';
import { checkNames, commonOptions, type Given, isGiven, readOptions, wrongRule } from './options.ts';
import type { Check, Found, Rule, RuleOptions } from './rule.ts';
import { askSchema, isStandardSchema, type StandardSchema } from './standard-schema.ts';

/** The key of the rules that are about the record as a whole. */
export const wholeKey = '$record';

/** What a name among the validations stands for. */
export interface Target {
  readonly attribute: Attribute | undefined;
  readonly isAssociation: boolean;
  readonly read: (record: RecordState) => unknown;
  /** Whether the record has what `read` needs; undefined where it always has, or `attribute` says so. */
  readonly isReadable?: (record: RecordState) => boolean;
}

/** What the rules of a model are made with. */
export interface Surroundings {
  readonly modelName: string;
  /** undefined for a name that the record does not have. */
  readonly find: (name: string) => Target | undefined;
  /** Every name that there is. */
  readonly names: () => Iterable<string>;
  /** Those that need the database, or other records. */
  readonly makers: Readonly<Record<string, Maker>>;
  /** What a schema for the record as a whole is given; undefined where that is not all there. */
  readonly readWhole: (record: RecordState) => unknown;
}

const ownMakers: Readonly<Record<string, Maker>> = {
  presence,
  absence,
  length,
  format,
  numericality,
  inclusion,
  exclusion,
  confirmation,
  acceptance,
  comparison,
};
/** These are asked about null, too: for the others it is nothing to judge. */
const aboutNull = ['presence', 'absence', 'custom', 'schema', 'associated'];

/**
 * Takes the validations of a class apart.
 * @throws InvalidDefinition (`AR_DEFINITION_INVALID`) for what cannot work
 */
export function compileRules(declared: unknown, surroundings: Surroundings): Rule[] {
  const { modelName } = surroundings;
  if (!isGiven(declared)) {
    throw new InvalidDefinition(`The validations of ${modelName} are no object.`, {
      hint: `Write static validations = { name: { presence: true } } satisfies Validations<typeof ${modelName}>.`,
    });
  }
  return Object.entries(declared).flatMap(([name, given]) => rulesOf(name, given, surroundings));
}

function rulesOf(name: string, given: unknown, surroundings: Surroundings): Rule[] {
  const { modelName, find, names, readWhole } = surroundings;
  const target: Target | undefined =
    name === wholeKey ? { attribute: undefined, isAssociation: false, read: readWhole } : find(name);
  if (target === undefined) {
    throw new InvalidDefinition(
      `The validations of ${modelName} name ${JSON.stringify(name)}, which it does not have.`,
      {
        hint: didYouMean(name, names()),
      },
    );
  }
  const list: readonly unknown[] = Array.isArray(given) ? given : [given];
  return list.flatMap((each) => new RuleMaker(name, target, surroundings).make(each));
}

class RuleMaker {
  readonly #name: string;
  readonly #target: Target;
  readonly #surroundings: Surroundings;

  constructor(name: string, target: Target, surroundings: Surroundings) {
    this.#name = name;
    this.#target = target;
    this.#surroundings = surroundings;
  }

  make(given: unknown): Rule[] {
    const label = `of ${this.#surroundings.modelName}.${this.#name}`;
    if (isStandardSchema(given)) return [this.#schema(`"schema" ${label}`, given)];
    if (typeof given === 'function') return this.#custom(`"custom" ${label}`, given);
    if (!isGiven(given))
      throw wrongRule(label, `is ${describeValue(given)}`, 'Write rules: { presence: true, length: { max: 80 } }.');
    const kinds = this.#kinds();
    checkNames(label, given, [...kinds, ...commonOptions]);
    const outer = readOptions(label, given);
    return Object.entries(given).flatMap(([kind, value]) =>
      value === undefined || value === false || commonOptions.includes(kind)
        ? []
        : this.#rules(kind, value, `"${kind}" ${label}`, outer),
    );
  }

  #kinds(): readonly string[] {
    const { isAssociation } = this.#target;
    if (this.#name === wholeKey) return ['custom', 'schema'];
    if (isAssociation) return ['presence', 'absence', 'length', 'associated', 'custom'];
    const others = Object.keys(this.#surroundings.makers).filter((kind) => kind !== 'associated');
    const kinds = [...Object.keys(ownMakers), 'custom', 'schema', ...others];
    const hasColumn = this.#target.attribute?.isVirtual === false;
    return hasColumn ? kinds : kinds.filter((kind) => kind !== 'uniqueness');
  }

  #rules(kind: string, value: unknown, label: string, outer: RuleOptions): Rule[] {
    if (kind === 'custom') return this.#custom(label, value, outer);
    if (kind === 'schema') {
      if (isStandardSchema(value)) return [this.#schema(label, value, outer)];
      throw wrongRule(label, 'is no Standard Schema', 'Give a schema of Zod, Valibot, ArkType or the like.');
    }
    const given = unfolded(kind, value, label);
    const options = readOptions(label, given, outer);
    const maker = ownMakers[kind] ?? this.#surroundings.makers[kind];
    if (maker === undefined) return [];
    const own = Object.fromEntries(Object.entries(given).filter(([name]) => !commonOptions.includes(name)));
    return [this.#rule(kind, options, maker(label, own, this.#name, this.#others))];
  }

  readonly #others: OtherProperties = {
    // One that is not there would be passed over without a word.
    require: (label, name) => {
      const { modelName, find, names } = this.#surroundings;
      if (find(name) !== undefined) return;
      throw wrongRule(
        label,
        `names ${JSON.stringify(name)}, which ${modelName} does not have`,
        `${didYouMean(name, names())} An attribute without a column is declared with .virtual().`,
      );
    },
    isSecret: (name) => this.#surroundings.find(name)?.attribute?.sensitive === true,
  };

  #schema(label: string, schema: StandardSchema, outer?: RuleOptions): Rule {
    const isWhole = this.#name === wholeKey;
    return this.#rule('schema', outer ?? readOptions(label, {}), (value) =>
      // Some attributes were not selected: what is missing would be held against the record.
      isWhole && value === undefined ? undefined : askSchema(schema, value, isWhole),
    );
  }

  #custom(label: string, value: unknown, outer?: RuleOptions): Rule[] {
    const list: readonly unknown[] = Array.isArray(value) ? value : [value];
    return list.map((given) => {
      if (typeof given !== 'function')
        throw wrongRule(
          label,
          'is no function',
          "Write custom: (value) => value === 'x' ? 'must not be x' : undefined.",
        );
      const isWhole = this.#name === wholeKey;
      const check: Check = async (value, { record, errors }) => {
        const answer: unknown = await Reflect.apply(
          given,
          undefined,
          isWhole ? [record, errors] : [value, record, errors],
        );
        return messageOf(answer, label);
      };
      return this.#rule('custom', outer ?? readOptions(label, {}), check);
    });
  }

  #rule(kind: string, options: RuleOptions, check: Check): Rule {
    const { attribute, isReadable } = this.#target;
    // What is in memory is to be judged there, and nothing is to be loaded for it.
    const read = kind === 'associated' ? () => undefined : this.#target.read;
    const name = this.#name === wholeKey ? 'base' : this.#name;
    const rule = {
      name,
      kind,
      attribute,
      read,
      isReadable: kind === 'associated' ? undefined : isReadable,
      options,
      isLast: kind === 'uniqueness',
    };
    return { ...rule, check: aboutNull.includes(kind) ? check : unlessNull(check, options) };
  }
}

/** Whether a value has to be there is for the column and for `presence` to say, or for `allowNull: false`. */
function unlessNull(check: Check, { allowNull }: RuleOptions): Check {
  return (value, subject) => {
    if (value !== null && value !== undefined) return check(value, subject);
    return allowNull === false ? { type: 'blank', key: 'blank' } : undefined;
  };
}

/** `presence: true`, `format: /x/` and `inclusion: ['a']` are short for options. */
function unfolded(kind: string, value: unknown, label: string): Given {
  if (value === true) return {};
  if (kind === 'format' && value instanceof RegExp) return { with: value };
  if ((kind === 'inclusion' || kind === 'exclusion') && Array.isArray(value)) return { in: value };
  if (isGiven(value)) return value;
  throw wrongRule(label, `is ${describeValue(value)}`, `Write ${kind}: true, or ${kind}: { … }.`);
}

function messageOf(answer: unknown, label: string): Found {
  // No words, no error: `value > 3 ? 'is too much' : ''`.
  if (answer === undefined || answer === null || answer === '') return undefined;
  if (typeof answer === 'string') return { type: 'invalid', message: answer };
  throw wrongRule(label, `gave ${describeValue(answer)}`, 'Return a message, or nothing where all is well.');
}
