import { stepTo } from '../../associations/writing/expect-record.ts';
import type { Attribute } from '../../record/attribute.ts';
import { associatedKey } from '../../record/errors.ts';
import { linkAt } from '../../record/links.ts';
import { lifeKey, type RecordState } from '../../record/state.ts';
import type { Maker } from '../../record/validation/checks.ts';
import { checkNames } from '../../record/validation/options.ts';
import type { Finding } from '../../record/validation/rule.ts';
import type { Associations, Reflection } from '../../relation/source.ts';

/** The rule `associated`: the records that an association holds in memory are valid themselves. */
export function associatedMaker(associations: Associations): Maker {
  return (label, given, name) => {
    checkNames(label, given, []);
    return async (_, subject) => {
      const reflection = associations.get(name);
      const found: Finding[] = [];
      const { context, record } = subject;
      const underWay = new Set([...subject.underWay, record]);
      const awaited = new Set(keysFromOwner(reflection));
      for (const [index, member] of membersOf(record, reflection).entries()) {
        if (underWay.has(member)) continue;
        const { source } =
          reflection.variants === undefined ? { source: reflection.target } : stepTo(reflection, member);
        const errors = await source.validate(member, { context, awaited, underWay });
        const sentences = errors.fullMessages();
        for (const [at, { attribute, type, details }] of [...errors].entries()) {
          const facts = { ...details, [associatedKey]: attribute, ...(reflection.isCollection ? { index } : {}) };
          found.push({ type, message: sentences[at] ?? type, details: facts });
        }
      }
      return found;
    };
  };
}

/** The records that are loaded, or wait to be saved with their owner. Nothing is loaded for this. */
function membersOf(record: RecordState, { index }: Reflection): readonly RecordState[] {
  const link = linkAt(record, index);
  if (link === undefined) return [];
  const nested = (link.nested ?? []).flatMap((change) =>
    change.record === undefined || change.destroy ? [] : [change.record],
  );
  const doomed = new Set((link.nested ?? []).flatMap((change) => (change.destroy ? (change.record ?? []) : [])));
  const all = new Set([
    ...(link.many ?? []),
    ...(link.one === null ? [] : [link.one]),
    ...(link.pending ?? []),
    ...nested,
  ]);
  return [...all].filter(
    (each) => each[lifeKey]?.isDestroyed !== true && link.doomed?.has(each) !== true && !doomed.has(each),
  );
}

/** What the owner's save gives its records: its key. */
function keysFromOwner({ declaration, steps, through, foreignKey, variants }: Reflection): readonly Attribute[] {
  if (declaration.kind === 'belongsTo' || variants !== undefined || through !== undefined) return [];
  const type = steps[0]?.toType?.attribute;
  return type === undefined ? foreignKey : [...foreignKey, type];
}
