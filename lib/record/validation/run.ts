import { labelOf, type RecordErrors } from '../errors.ts';
import { fillIn, messageText } from '../messages.ts';
import { lifeKey } from '../state.ts';
import { isLoaded } from '../values.ts';
import type { Finding, Found, Rule, Subject } from './rule.ts';

/**
 * Asks the rules, one after the other, and adds what they find to `found`.
 * @returns the rule that is strict and was broken: all others are not asked any more
 */
export async function runRules(
  rules: readonly Rule[],
  subject: Subject,
  found: RecordErrors,
): Promise<Rule | undefined> {
  for (const rule of rules) {
    if (!isToBeAsked(rule, subject) || (rule.isLast && found.has(rule.name))) continue;
    const { options, check, read, kind } = rule;
    if (options.if !== undefined && !(await options.if(subject.record))) continue;
    if (options.unless !== undefined && (await options.unless(subject.record))) continue;
    let value = read(subject.record);
    if (isPromiseLike(value)) value = await value;
    if ((value === null || value === undefined) && options.allowNull === true && kind !== 'associated') continue;
    const answer = check(value, subject);
    const findings = listOf(answer instanceof Promise ? await answer : answer);
    for (const finding of findings) tell(rule, finding, value, subject, found);
    if (options.strict && findings.length > 0) return rule;
  }
  return undefined;
}

function isToBeAsked({ attribute, options, isReadable }: Rule, { record, context, awaited }: Subject): boolean {
  const state = record[lifeKey]?.isNew === true ? 'create' : 'update';
  if (options.on !== undefined && !options.on.some((each) => each === state || each === context)) return false;
  if (isReadable?.(record) === false) return false;
  return attribute === undefined || (isLoaded(record, attribute) && !awaited.has(attribute));
}

function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

const listOf = (found: Found): readonly Finding[] => (found === undefined ? [] : isList(found) ? found : [found]);
const isList = (found: Finding | readonly Finding[]): found is readonly Finding[] => Array.isArray(found);

function tell(rule: Rule, finding: Finding, value: unknown, { record }: Subject, found: RecordErrors): void {
  const { type, key, details } = finding;
  const attribute = finding.attribute ?? rule.name;
  const own = ownMessage(rule, { ...details, type, attribute, value }, record);
  const message = own ?? finding.message ?? (key === undefined ? type : messageText(key, details));
  // What two rules say alike is said once; of two records it is said twice.
  if (rule.kind !== 'associated' && found.where(attribute, type).some((each) => each.message === message)) return;
  found.append({ attribute, type, message, ...(details === undefined ? {} : { details }) });
}

/** The message that the rule was declared with. */
export function ownMessage(
  { options: { message }, attribute }: Rule,
  problem: { readonly attribute: string; readonly [detail: string]: unknown },
  record: Subject['record'],
): string | undefined {
  if (message === undefined) return undefined;
  if (typeof message === 'string') {
    const told = attribute?.sensitive === true ? { ...problem, value: '[hidden]' } : problem;
    return fillIn(message, { ...told, attribute: labelOf(problem.attribute) });
  }
  return String(message(record, problem));
}
